import type { Endpoint } from "../endpoint.ts";
import { ACCESS } from "./access.ts";
import { AGENT } from "./agent.ts";
import { CAPABILITIES } from "./capabilities.ts";
import { CLUSTER } from "./cluster.ts";
import { INDEXES } from "./indexes.ts";
import { LXC } from "./lxc.ts";
import { MONITOR } from "./monitor.ts";
import { NODE_LOG } from "./node-log.ts";
import { NODES } from "./nodes.ts";
import { POOLS } from "./pools.ts";
import { QEMU_CONFIG } from "./qemu-config.ts";
import { QEMU_LIFECYCLE } from "./qemu-lifecycle.ts";
import { QEMU_SNAPSHOT } from "./qemu-snapshot.ts";
import { QEMU_STATUS } from "./qemu-status.ts";
import { STORAGE } from "./storage.ts";
import { STORAGE_CONTENT } from "./storage-content.ts";
import { TASKS } from "./tasks.ts";

/** Everything that the emulator answers. */
export const ENDPOINTS: readonly Endpoint[] = [
  ...INDEXES,
  ...ACCESS,
  ...CLUSTER,
  ...NODES,
  ...CAPABILITIES,
  ...NODE_LOG,
  ...TASKS,
  ...STORAGE,
  ...STORAGE_CONTENT,
  ...POOLS,
  ...LXC,
  ...QEMU_LIFECYCLE,
  ...QEMU_CONFIG,
  ...QEMU_STATUS,
  ...QEMU_SNAPSHOT,
  ...MONITOR,
  ...AGENT,
];
