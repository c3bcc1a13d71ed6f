// Preloaded wherever this project's Node programs start, the SDK's own entry points among them: Node keeps what it has
// compiled, and TypeScript stripped of its types, for the next run. In the user's own cache, since code that others
// could write is not to be run.
const { homedir } = require("node:os");
const { isAbsolute, join } = require("node:path");
const { enableCompileCache } = require("node:module");

const { XDG_CACHE_HOME = "" } = process.env;
const base = isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), ".cache");
// Absent in the old versions of Node that only launch; a folder that cannot be written is passed over in silence.
enableCompileCache?.(join(base, "proxmox-fleet", "compiled"));
