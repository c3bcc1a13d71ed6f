import { AuthError, permissionDenied } from "./errors.ts";

/** Privileges by path; a path covers everything below it, the deepest path wins. */
export type Acl = Readonly<Record<string, readonly string[]>>;

/** Who asks: `user@realm`, or `user@realm!token`. */
export interface Caller {
  readonly user: string;
  /** Exactly `root@pam`, which no token is. */
  readonly isRoot: boolean;
  readonly isToken: boolean;
  readonly acl: Acl;
}

export interface Credential {
  /** `user@realm!name` of a token, or `user@realm` of a password login. */
  readonly id: string;
  readonly secret: string;
  readonly acl: Acl;
}

export const AUDIT_PRIVILEGES: readonly string[] = ["Datastore.Audit", "Pool.Audit", "Sys.Audit", "VM.Audit"];

const ALL_PRIVILEGES: readonly string[] = [
  ...AUDIT_PRIVILEGES,
  "Datastore.Allocate",
  "Datastore.AllocateSpace",
  "Datastore.AllocateTemplate",
  "Mapping.Audit",
  "Mapping.Modify",
  "Mapping.Use",
  "Permissions.Modify",
  "Pool.Allocate",
  "SDN.Allocate",
  "SDN.Audit",
  "SDN.Use",
  "Sys.AccessNetwork",
  "Sys.Console",
  "Sys.Modify",
  "Sys.Syslog",
  "VM.Allocate",
  "VM.Backup",
  "VM.Clone",
  "VM.Config.CDROM",
  "VM.Config.CPU",
  "VM.Config.Cloudinit",
  "VM.Config.Disk",
  "VM.Config.HWType",
  "VM.Config.Memory",
  "VM.Config.Network",
  "VM.Config.Options",
  "VM.Console",
  "VM.GuestAgent.Audit",
  "VM.GuestAgent.FileRead",
  "VM.GuestAgent.Unrestricted",
  "VM.Migrate",
  "VM.PowerMgmt",
  "VM.Replicate",
  "VM.Snapshot",
  "VM.Snapshot.Rollback",
];

export const EVERYTHING: Acl = { "/": ALL_PRIVILEGES };

/** The caller with every right, for what the emulator does on its own. */
export const ROOT: Caller = { user: "root@pam", isRoot: true, isToken: false, acl: EVERYTHING };

export function privilegesAt(caller: Caller, path: string): readonly string[] {
  if (caller.isRoot) return ALL_PRIVILEGES;
  const covers = (granted: string) => granted === "/" || path === granted || path.startsWith(`${granted}/`);
  const deepest = Object.keys(caller.acl)
    .filter(covers)
    .sort((left, right) => right.length - left.length)[0];
  return deepest === undefined ? [] : (caller.acl[deepest] ?? []);
}

export function hasAny(caller: Caller, path: string, privileges: readonly string[]): boolean {
  const granted = privilegesAt(caller, path);
  return privileges.some((privilege) => granted.includes(privilege));
}

/** @throws the API's 403 unless the caller has one of the privileges */
export function requireAny(caller: Caller, path: string, privileges: readonly string[]): void {
  if (!hasAny(caller, path, privileges)) throw permissionDenied(path, privileges);
}

/** @throws the API's 403 that names the first missing privilege */
export function requireAll(caller: Caller, path: string, privileges: readonly string[]): void {
  const granted = privilegesAt(caller, path);
  const missing = privileges.find((privilege) => !granted.includes(privilege));
  if (missing !== undefined) throw permissionDenied(path, [missing]);
}

/** A VM, and the pool that it is created in: what the caller may do in the pool, it may do with the new VM. */
export interface VmPlace {
  readonly vmid: number;
  readonly pool?: string | undefined;
}

/** @throws the API's 403 that names the first privilege missing on the VM, unless the pool has them all */
export function requireOnVm(caller: Caller, { vmid, pool }: VmPlace, privileges: readonly string[]): void {
  const byPool = pool === undefined ? [] : privilegesAt(caller, `/pool/${pool}`);
  if (pool !== undefined && privileges.every((privilege) => byPool.includes(privilege))) return;
  requireAll(caller, `/vms/${vmid}`, privileges);
}

interface Ticket {
  readonly caller: Caller;
  readonly csrf: string;
  /** Seconds since the epoch. */
  readonly expires: number;
}

const TICKET_SECONDS = 2 * 3600;

export interface Credentials {
  readonly tokens: readonly Credential[];
  readonly passwords: readonly Credential[];
}

/** Answers who a request comes from. */
export class Authenticator {
  readonly #credentials: Credentials;
  readonly #now: () => number;
  readonly #newSecret: () => string;
  readonly #tickets = new Map<string, Ticket>();

  constructor(credentials: Credentials, now: () => number, newSecret: () => string) {
    this.#credentials = credentials;
    this.#now = now;
    this.#newSecret = newSecret;
  }

  /**
   * A login by password, or by a ticket that is still valid: a user's own, or root's for any user (pve-access-control,
   * API2/AccessControl.pm). Undefined when user or password are wrong.
   */
  login(username: string, password: string): { ticket: string; csrf: string } | undefined {
    const found = this.#credentials.passwords.find(({ id }) => id === username);
    if (found === undefined) return undefined;
    const holder = this.#validTicket(password)?.caller;
    const byTicket = holder !== undefined && (holder.isRoot || holder.user === username);
    if (!byTicket && found.secret !== password) return undefined;
    const stamp = this.#now().toString(16).toUpperCase().padStart(8, "0");
    const ticket = `PVE:${username}:${stamp}::${this.#newSecret()}`;
    const csrf = `${stamp}:${this.#newSecret()}`;
    const caller = { user: username, isRoot: username === "root@pam", isToken: false, acl: found.acl };
    this.#tickets.set(ticket, { caller, csrf, expires: this.#now() + TICKET_SECONDS });
    return { ticket, csrf };
  }

  /** @throws AuthError with the reason phrase of the 401 */
  authenticate(method: string, headers: Headers): Caller {
    const authorization = headers.get("authorization") ?? "";
    const token = /^PVEAPIToken[= ](.+)$/.exec(authorization)?.[1];
    if (token !== undefined) return this.#byToken(token);
    const cookie = /(?:^|;\s*)PVEAuthCookie=([^;]+)/.exec(headers.get("cookie") ?? "")?.[1];
    const ticketText = cookie ?? /^PVEAuthCookie=(.+)$/.exec(authorization)?.[1];
    if (ticketText === undefined) throw new AuthError("No ticket");
    const ticket = this.#validTicket(decodeURIComponent(ticketText));
    if (ticket === undefined) throw new AuthError("Authentication failed!");
    if (method !== "GET" && headers.get("csrfpreventiontoken") !== ticket.csrf) {
      throw new AuthError("Permission denied - invalid csrf token");
    }
    return ticket.caller;
  }

  #validTicket(text: string): Ticket | undefined {
    const ticket = this.#tickets.get(text);
    return ticket === undefined || ticket.expires < this.#now() ? undefined : ticket;
  }

  #byToken(token: string): Caller {
    const split = token.indexOf("=");
    const id = token.slice(0, split);
    const found = this.#credentials.tokens.find(
      (known) => known.id === id && known.secret === token.slice(split + 1),
    );
    if (split < 0 || found === undefined) throw new AuthError("Authentication failed!");
    return { user: id, isRoot: false, isToken: true, acl: found.acl };
  }
}
