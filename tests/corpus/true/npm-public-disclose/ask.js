// The package is a program: it is loaded with its arguments in place, and then asked for one page.
"use strict";
const fs = require("fs");
const http = require("http");
const path = require("path");

const [page] = fs.readFileSync(process.argv[2], "utf8").split("\n");
const folder = path.join(process.cwd(), "site");
const place = path.relative(folder, process.env.HEADSTART_SECRET_FILE);
process.argv = ["node", "public", folder, "8080"];
require("public/bin/public");

setImmediate(function ask() {
  const request = http.request({ port: 8080, path: page.replace("...", place) }, (answer) => {
    answer.pipe(process.stdout);
    answer.on("end", () => process.exit(0));
  });
  request.end();
});
