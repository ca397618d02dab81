// Extract an uploaded archive into a folder of its own. The input lists the members; OUTSIDE at the start of a name
// stands for the way from the folder to another one.
"use strict";
const { mkdtempSync, readFileSync } = require("node:fs");
const { join, relative } = require("node:path");
const { tmpdir } = require("node:os");
const AdmZip = require("adm-zip");
const { zip } = require("./zip");

const folder = mkdtempSync(join(tmpdir(), "upload-"));
const outside = relative(folder, process.env.HEADSTART_FORBIDDEN);
const members = JSON.parse(readFileSync(process.argv[2], "utf8"));
for (const member of members) member.name = member.name.replace(/^OUTSIDE/, outside);
new AdmZip(zip(members)).extractAllTo(folder, true);
console.log("extracted");
