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
const vm = require('vm')
class KnotError extends Error {}
class KnotNamed extends Error { constructor (text) { super(text); this.name = 'KnotNamed' } }
exports.sure = text => { if (text !== 'ok') throw new KnotError(text) }
exports.named = text => { if (text !== 'ok') throw new KnotNamed(text) }
exports.wrapped = text => {
  try { return exports.first(text) } catch (error) {
    const other = new Error('wrapped')
    other.stack = other.stack + '\ncaused by ' + error.stack
    throw other
  }
}
exports.json = text => JSON.parse(text)
exports.deep = function deep (text) { return text.startsWith('[') ? 1 + deep(text.slice(1)) : 0 }
exports.sandboxed = code => vm.runInNewContext(code, { run: program => childProcess.execFileSync(program) })
exports.made = code => new Function('require', code)(require)
exports.evaluated = code => eval(code)
exports.stream = name => { fs.createReadStream(name).pipe(process.stdout) }
exports.later = async name => { await null; return await fs.promises.readFile(name, 'utf8') }
exports.pour = name => { new fs.WriteStream(name).end('x') }
exports.folder = name => fs.mkdirSync(name, { recursive: true })
exports.alloc = size => Buffer.alloc(size, 1)
exports.repeat = count => Buffer.from('x'.repeat(count))
exports.define = (into, [first, second]) => Object.defineProperty(into[first] || {}, second, { value: 1 })
exports.pattern = () => /^(a+)+$/g
