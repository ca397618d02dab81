// Serve the folder pages/ on this machine alone, send one request as the input says, and show the answer.
"use strict";
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const files = require("crud-file-server");

const pages = path.join(__dirname, "pages");
const way = path.relative(pages, process.env.HEADSTART_SECRET_FILE);
const address = fs.readFileSync(process.argv[2], "utf8").trim().replace("WAY", way);
const server = http.createServer((request, response) => files.handleRequest("", pages, request, response, true));
server.listen(0, "127.0.0.1", () => {
  http.get({ host: "127.0.0.1", port: server.address().port, path: address }, (answer) => {
    answer.setEncoding("utf8");
    answer.on("data", (text) => console.log(text));
    answer.on("end", () => process.exit());
  });
});
