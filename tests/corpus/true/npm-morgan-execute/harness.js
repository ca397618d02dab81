// Log one request in the format that the input file holds; @@ stands for the path of the marker program.
"use strict";
const fs = require("fs");
const EventEmitter = require("events");
const morgan = require("morgan");

const format = fs.readFileSync(process.argv[2], "utf8").trim().split("@@").join(process.env.HEADSTART_MARKER);
const request = Object.assign(new EventEmitter(), { method: "GET", url: "/", headers: {}, httpVersionMajor: 1, httpVersionMinor: 1 });
const lines = [];
const log = morgan({ format, immediate: true, stream: { write: (line) => lines.push(line) } });
log(request, new EventEmitter(), () => {});
console.log(lines);
