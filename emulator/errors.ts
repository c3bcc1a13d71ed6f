/** An answer other than success, in the shape that Proxmox VE gives it. */
export class ApiError extends Error {
  readonly status: number;
  readonly errors: Readonly<Record<string, string>> | undefined;

  constructor(status: number, message: string, errors?: Readonly<Record<string, string>>) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

/** A Perl `die`: HTTP 500 with the text, which Proxmox ends with a newline. */
export function die(message: string): ApiError {
  return new ApiError(500, `${message}\n`);
}

/** A rejected parameter: HTTP 400 with one text per parameter. */
export function paramError(errors: Readonly<Record<string, string>>): ApiError {
  return new ApiError(400, "Parameter verification failed.\n", errors);
}

/** A missing privilege: HTTP 403; any-of lists are joined with `|`. */
export function permissionDenied(path: string, privileges: readonly string[]): ApiError {
  return new ApiError(403, `Permission check failed (${path}, ${privileges.join("|")})\n`);
}

/** A request without valid credentials: HTTP 401 with an empty body, the text is the reason phrase. */
export class AuthError extends Error {}

/** An exception with a code as Perl prints it (pve-common, PVE/Exception.pm): the code first, the parameters after it. */
function printed({ status, message, errors }: ApiError): string {
  const code = status === 500 ? "" : `${status} `;
  const parameters = Object.entries(errors ?? {}).map(([name, text]) => `${name}: ${text}\n`);
  return `${code}${message}${parameters.join("")}`;
}

/** The text of anything thrown as it stands within another text, without the trailing newline. */
export function errorText(error: unknown): string {
  const text =
    error instanceof ApiError ? printed(error) : error instanceof Error ? error.message : String(error);
  return text.replace(/\n+$/, "");
}
