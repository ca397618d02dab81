"use strict";
// What a service does with a tenant's file: parse it, and tell the tenant what is wrong with it.
const YAML = require("yaml");
const fs = require("fs");

try {
  YAML.parse(fs.readFileSync(process.argv[2], { encoding: "utf8" }));
  console.log("accepted");
} catch (error) {
  if (!(error instanceof YAML.YAMLParseError)) throw error;
  console.log("not accepted:", error.code);
}
