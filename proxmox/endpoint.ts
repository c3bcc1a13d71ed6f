/** What is wrong with a text as the address of Proxmox, and the text as it may be shown. */
export interface EndpointMistake {
  readonly wrong: string;
  readonly got: string;
}

/** Undefined for an https address, with or without the `/api2/json` that other tools want. */
export function endpointMistake(text: string): EndpointMistake | undefined {
  if (!URL.canParse(text)) return { wrong: "is no https address", got: text };
  const { protocol, username, password, search, hash } = new URL(text);
  if (username !== "" || password !== "") {
    return {
      wrong: "has credentials in it, and an API token is what opens Proxmox here",
      got: "(not shown)",
    };
  }
  if (protocol !== "https:") return { wrong: "is no https address", got: text };
  if (text !== text.trim()) return { wrong: "has blanks around it", got: text };
  return search === "" && hash === "" ? undefined : { wrong: "has more behind its path", got: text };
}

/** The address to which paths of the API are added, `/api2/json` first. */
export function endpointBase(endpoint: string): string {
  return endpoint
    .replace(/\/+$/, "")
    .replace(/\/api2(?:\/(?:json|extjs))?$/, "")
    .replace(/\/+$/, "");
}
