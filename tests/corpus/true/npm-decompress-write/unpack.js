"use strict";
// Unpack an archive. Each line of the input is a member, path and text; %elsewhere% is the way to another folder.
const fs = require("fs");
const os = require("os");
const path = require("path");
const decompress = require("decompress");

function tar(lines) {
  const blocks = [];
  for (const [name, text] of lines) {
    const head = Buffer.alloc(512);
    const body = Buffer.from(text + "\n");
    head.write(name, 0);
    head.write("0000644\0" + "0000000\0" + "0000000\0", 100);
    head.write(body.length.toString(8).padStart(11, "0") + "\0" + "00000000000\0" + "        0", 124);
    head.write("ustar\0" + "00", 257);
    const sum = head.reduce((total, byte) => total + byte, 0);
    head.write(sum.toString(8).padStart(6, "0") + "\0 ", 148);
    blocks.push(head, body, Buffer.alloc(512 - body.length));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const into = path.join(os.tmpdir(), "unpacked");
fs.mkdirSync(into);
const elsewhere = path.relative(into, process.env.HEADSTART_FORBIDDEN);
const lines = fs.readFileSync(process.argv[2], "utf8").trim().split("\n").map((line) => line.replace("%elsewhere%", elsewhere).split(" "));
decompress(tar(lines), into).then((files) => console.log(files.length, "files"));
