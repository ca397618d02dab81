// Does the service accept this token? The input says what a client has put into it and how it is signed:
// by "hmac" with the text of the service's public key, which everybody knows, or not "at all".
"use strict";
const { createHmac, generateKeyPairSync } = require("node:crypto");
const { readFileSync } = require("node:fs");
const jwt = require("jwt-simple");

const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } });
const signers = { hmac: (text) => createHmac("sha256", publicKey).update(text).digest("base64url"), "at all": () => "AAAA" };
const { header, claims, signed } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");

let decision = 10;
try {
  jwt.decode(`${text}.${signers[signed](text)}`, publicKey, false, "RS256");
  decision = 0;
} catch (refused) {
  if (refused instanceof TypeError) decision = 70;
  console.log("refused:", refused.message);
}
process.exit(decision);
