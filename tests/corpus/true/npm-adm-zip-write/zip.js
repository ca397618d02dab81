"use strict";
// A ZIP archive whose members are stored as they are (PKWARE's APPNOTE, 4.3), made from names and contents.
const { crc32 } = require("node:zlib");

function header(signature, sizes, values) {
  const made = Buffer.alloc(4 + sizes.reduce((sum, size) => sum + size, 0));
  made.writeUInt32LE(signature, 0);
  let at = 4;
  sizes.forEach((size, n) => {
    made.writeUIntLE(values[n], at, size);
    at += size;
  });
  return made;
}

exports.zip = (members) => {
  const bodies = [];
  const central = [];
  let offset = 0;
  for (const { name, content } of members) {
    const [called, data] = [Buffer.from(name), Buffer.from(content)];
    const common = [20, 0, 0, 0, 33, crc32(data), data.length, data.length, called.length, 0];
    const sizes = [2, 2, 2, 2, 2, 4, 4, 4, 2, 2];
    bodies.push(header(0x04034b50, sizes, common), called, data);
    central.push(header(0x02014b50, [2, ...sizes, 2, 2, 2, 4, 4], [20, ...common, 0, 0, 0, 0, offset]), called);
    offset += 30 + called.length + data.length;
  }
  const size = central.reduce((sum, part) => sum + part.length, 0);
  const n = members.length;
  return Buffer.concat([...bodies, ...central, header(0x06054b50, [2, 2, 2, 2, 4, 4, 2], [0, 0, n, n, size, offset, 0])]);
};
