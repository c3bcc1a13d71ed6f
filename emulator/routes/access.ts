import { privilegesAt } from "../auth.ts";
import type { Endpoint } from "../endpoint.ts";
import { need } from "../endpoint.ts";
import { ApiError } from "../errors.ts";
import { required, text } from "../rule.ts";

export const ACCESS: readonly Endpoint[] = [
  {
    method: "POST",
    path: "/access/ticket",
    open: true,
    params: {
      username: required(text),
      password: required(text),
      realm: text,
      otp: text,
      "new-format": text,
    },
    run: (call) => {
      const { params } = call;
      const realm = params.get("realm");
      const name = need(call, "username");
      const username = realm === undefined || name.includes("@") ? name : `${name}@${realm}`;
      const session = call.authenticator.login(username, need(call, "password"));
      if (session === undefined) throw new ApiError(401, "authentication failure\n");
      return { username, ticket: session.ticket, CSRFPreventionToken: session.csrf, cap: {} };
    },
  },
  {
    method: "GET",
    path: "/access/permissions",
    params: { path: text, userid: text },
    run: ({ caller, params }) => {
      const asked = params.get("path");
      const paths = asked === undefined ? Object.keys(caller.acl) : [asked];
      const granted = (path: string) => privilegesAt(caller, path).map((privilege) => [privilege, 1]);
      return Object.fromEntries(paths.map((path) => [path, Object.fromEntries(granted(path))]));
    },
  },
  {
    method: "GET",
    path: "/version",
    run: () => ({ version: "9.1.11", release: "9.1", repoid: "4d4e2b3f7b1c8a60", console: "html5" }),
  },
];
