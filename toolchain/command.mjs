import { spawn } from "node:child_process";

/**
 * @typedef {object} Finished
 * @property {number} code exit code; 127 when the command does not exist, 1 after a signal
 * @property {string} stdout
 * @property {string} stderr
 */

/**
 * Runs a command to its end and keeps what it says. It never rejects: a failed command is an outcome.
 *
 * @param {string} command
 * @param {ReadonlyArray<string>} args
 * @param {object} [options]
 * @param {string} [options.cwd]
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {number} [options.timeoutMs]
 * @param {(line: string) => void} [options.onLine] called for every line of stderr
 * @returns {Promise<Finished>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      // npm is a script on Windows, which only a shell starts.
      shell: process.platform === "win32" && command === "npm",
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
    });
    // A terminal's Ctrl-C reaches the child by itself, a termination of this process does not.
    const end = () => child.kill("SIGTERM");
    process.once("exit", end);
    let stdout = "";
    let stderr = "";
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      stderr += text;
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      if (options.onLine !== undefined) lines.forEach(options.onLine);
    });
    child.on("error", (error) => {
      process.off("exit", end);
      resolve({ code: 127, stdout, stderr: `${stderr}${error.message}` });
    });
    child.on("close", (code) => {
      process.off("exit", end);
      resolve({ code: code ?? 1, stdout, stderr });
    });
  });
}
