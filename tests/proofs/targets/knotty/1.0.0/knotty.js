const fs = require('fs')
const childProcess = require('child_process')
exports.slow = text => /^(a+)+$/.test(text)
exports.grow = count => { const kept = []; for (let n = 0; n < count; n++) kept.push(Buffer.alloc(1 << 20, n)); return kept.length }
exports.page = name => fs.readFileSync('pages/' + name, 'utf8')
exports.greet = name => childProcess.execSync('echo hello ' + name)
exports.keep = (name, data) => fs.writeFileSync(name, data)
exports.merge = function merge (into, from) {
  for (const name in from) {
    if (typeof from[name] === 'object') { into[name] = into[name] || {}; merge(into[name], from[name]) } else into[name] = from[name]
  }
  return into
}
exports.first = text => text.split(',')[1].trim()
exports.calls = f => f()
exports.strict = text => text.split(',').forEach(function (each) { if (each === 'bad') throw new RangeError(each) })
