// May the service connect to this host? Those of its own machine are refused.
"use strict";
const { readFileSync } = require("node:fs");
const { Netmask } = require("netmask");

const host = readFileSync(process.argv[2], "utf8").trim();
process.exitCode = new Netmask("127.0.0.0/8").contains(host) ? 10 : 0;
