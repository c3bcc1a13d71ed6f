/**
 * @typedef {object} ModuleFailure
 * @property {string} module path@version
 * @property {string} reason what Go said
 */

const moduleAt = /([\w.-]+\.[a-z]+\/[\w./~-]+)@(v[\w.+-]+)/;

/**
 * The modules that `go mod download -json` could not get. It prints one JSON object after the other.
 *
 * @param {string} stdout
 * @returns {ModuleFailure[]}
 */
export function failedDownloads(stdout) {
  return stdout
    .split(/^(?=\{$)/m)
    .filter((text) => text.trim() !== "")
    .map((text) => JSON.parse(text))
    .filter((download) => typeof download.Error === "string")
    .map((download) => {
      const module = `${download.Path}@${download.Version}`;
      return { module, reason: download.Error.replace(`${module}: `, "") };
    });
}

/**
 * The modules that Go names in its error lines.
 *
 * @param {string} stderr
 * @returns {ModuleFailure[]}
 */
export function failedModules(stderr) {
  /** @type {Map<string, string>} */
  const reasons = new Map();
  for (const line of stderr.split("\n")) {
    const found = moduleAt.exec(line);
    if (found === null || /^go: downloading |^# get /.test(line)) continue;
    const module = `${found[1]}@${found[2]}`;
    if (!reasons.has(module)) reasons.set(module, line.slice(found.index + found[0].length + 2).trim());
  }
  return [...reasons].map(([module, reason]) => ({ module, reason }));
}

/**
 * What to do about it, from Go's own words.
 *
 * @param {string} reason
 */
export function advice(reason) {
  if (/checksum mismatch|SECURITY ERROR/.test(reason)) {
    return "it is not what go.sum pins, so do not use it; find out what GOPROXY serves";
  }
  if (/\b(403|404|410|451)\b|Forbidden|Not Found|Gone/.test(reason)) {
    return "the module proxy refuses this version and will again; set GOPROXY to one that has it";
  }
  if (/no space left/.test(reason)) {
    return "make room and run npm run setup again";
  }
  return "check the network and run npm run setup again; what has been downloaded is kept";
}

/**
 * @param {ReadonlyArray<ModuleFailure>} failures
 */
export function downloadErrorText(failures) {
  return failures
    .map(
      ({ module, reason }) => `toolchain: ${module} could not be downloaded (${reason}); ${advice(reason)}`,
    )
    .join("\n");
}
