// Preloaded wherever this project's Node programs start, the SDK's own entry points among them: Node keeps what it has
// compiled, and TypeScript stripped of its types, for the next run. In the user's own cache, since code that others
// could write is not to be run.
const { homedir } = require("node:os");
const { isAbsolute, join } = require("node:path");
const { enableCompileCache } = require("node:module");

// Before anything of ours is loaded: what an older Node says of TypeScript names neither the cause nor the way out.
if (!process.features.typescript) {
  process.stderr.write(
    `proxmox-fleet: this Node cannot run TypeScript (got ${process.version} at ${process.execPath}); allowed is Node 24; install it, or run npm ci in the checkout, put its own first with export PATH="$PWD/node_modules/.bin:$PATH", and run again\n`,
  );
  process.exit(1);
}

const { XDG_CACHE_HOME = "" } = process.env;
const base = isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), ".cache");
// A folder that cannot be written is passed over in silence.
enableCompileCache(join(base, "proxmox-fleet", "compiled"));
