"use strict";
// Bring a profile back from a cookie, percent-encoded as cookies are.
const { readFileSync } = require("node:fs");
const { unserialize } = require("node-serialize");

const cookie = readFileSync(process.argv[2], "latin1").trim();
const text = decodeURIComponent(cookie).replace("{marker}", process.env.HEADSTART_MARKER);
console.log(unserialize(text).name);
