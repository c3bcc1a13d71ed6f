import { expect, test } from "vitest";
import { maskOf } from "../../incident/autopsy/mask.ts";

const { text, value } = maskOf(["5f3a-known-token"]);

test.each([
  ["qm set 102 --cipassword=hunter2 --cores 4", "qm set 102 --cipassword=(masked) --cores 4"],
  [
    "-spice tls-port=61000,password=hunter2,seamless=on",
    "-spice tls-port=61000,password=(masked),seamless=on",
  ],
  ['password: "two words" and more', "password: (masked) and more"],
  ["mount.cifs //nas/x --password hunter2 -o ro", "mount.cifs //nas/x --password (masked) -o ro"],
  [
    "-object\nsecret,id=sec0,data=hunter2,format=raw".replace("\n", "\0"),
    "-object\0secret,id=sec0,data=(masked),format=raw",
  ],
  ['{"qom-type":"secret","id":"s","data":"hunter2"}', '{"qom-type":"secret","id":"s","data":"(masked)"}'],
  ["-smbios type=11,value=io.systemd.credential:pw=hunter2", "-smbios type=11,value=(masked)"],
  ["Authorization: PVEAPIToken=fleet@pve!up=hunter2", "Authorization: (masked)"],
  ["GET https://user:hunter2@example.org/x", "GET https://user:(masked)@example.org/x"],
  ["sshkeys: ssh-ed25519%20AAAAhunter2", "sshkeys: (masked)"],
  ["key ssh-ed25519 AAAAC3Nzhunter2 me@example.org", "key ssh-ed25519 (masked) me@example.org"],
  ["the token 5f3a-known-token leaked", "the token (masked) leaked"],
])("%s", (said, expected) => {
  expect(text(said)).toBe(expected);
});

test("a private key goes as a whole", () => {
  const key = "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\nhunter2\n-----END OPENSSH PRIVATE KEY-----";
  expect(text(key)).toBe("-----BEGIN OPENSSH PRIVATE KEY-----(masked)-----END OPENSSH PRIVATE KEY-----");
});

test("what only looks like a secret stays: task ids, sizes, names", () => {
  const usual =
    "UPID:pve:00000FA7:0001:6A2B:qmstart:102:fleet@pve!up: tokens bucket 60 MiB/s, passwordless sudo";
  expect(text(usual)).toBe(usual);
});

test("values are masked by their keys, and by the key that stands beside them", () => {
  const rows = [
    { key: "cipassword", value: "hunter2", pending: "hunter3" },
    { key: "sshkeys", value: "ssh-rsa%20AAAA" },
    { key: "cores", value: 4 },
  ];
  expect(value({ rows, secret: { deep: "hunter2" }, description: "login: password=hunter2" })).toEqual({
    rows: [
      { key: "cipassword", value: "(masked)", pending: "(masked)" },
      { key: "sshkeys", value: "(masked)" },
      { key: "cores", value: 4 },
    ],
    secret: "(masked)",
    description: "login: password=(masked)",
  });
});
