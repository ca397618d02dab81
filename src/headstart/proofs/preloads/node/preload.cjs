'use strict'
// The hub's witness inside a Node run: required before the harness by NODE_OPTIONS. It wraps what reads, writes and
// starts programs, puts a setter on the shared prototype, and samples the stack from a worker. Every record carries
// a keyed digest; the key comes over standard input and is read before the harness starts. Its limits are written
// down in docs/design/proofs.md.

const { isMainThread } = require('node:worker_threads')
function start () {
  const fs = require('node:fs')
  const words = readWords(fs)
  if (words === null) return
  const [, key, kind, watched, target, log, , seconds, , mebibytes] = words
  delete process.env.NODE_OPTIONS
  const write = writer(fs, key, log)
  const { places } = require('./places.cjs')
  const { whose, stack, own, makers, formatted } = places(target, __filename)
  const witness = { fs, kind, watched, target, write, stack, whose, makers, formatted, realpath: fs.realpathSync.native, log }
  write('start', process.version, '')
  watchErrors(witness)
  watchFiles(witness)
  watchPrograms(witness)
  watchMakers(witness)
  if (kind === 'crash') watchEnds(witness)
  if (kind === 'exhaust') watchSizes(witness, Number(mebibytes) << 20)
  for (const file of own) delete require.cache[file]
  if (kind === 'pollute') watchPrototypes(witness)
  if (kind === 'hang' || kind === 'exhaust') sample(witness, key, Number(seconds))
  require('node:module').syncBuiltinESMExports()
}

function readWords (fs) {
  const buffer = Buffer.alloc(8192)
  let size = 0
  try { size = fs.readSync(0, buffer, 0, 8192) } catch { return null }
  const words = buffer.toString('utf8', 0, size).split('\n')
  buffer.fill(0)
  return words[0] === 'headstart' && words.length >= 8 ? words : null
}

function writer (fs, key, log) {
  const { createHmac } = require('node:crypto')
  const writeSync = fs.writeSync
  const { stringify } = JSON
  const secret = Buffer.from(key, 'hex')
  const handle = fs.openSync(log, 'a', 0o666)
  const pid = process.pid
  let n = 0
  return (event, detail, frames) => {
    if (n >= 2000) return
    n += 1
    const body = stringify({ n, pid, event, detail: String(detail).slice(0, 600), frames: frames || [] })
    const mac = createHmac('sha256', secret).update(body).digest('hex').slice(0, 32)
    writeSync(handle, mac + ' ' + body + '\n')
  }
}

function watchErrors ({ write, stack, formatted }) {
  Error.stackTraceLimit = 100
  const { getPrototypeOf } = Object
  process.on('uncaughtExceptionMonitor', error => {
    const now = stack().filter(frame => frame[3] !== 'l')
    if (now.length > 0) return write('meddling', 'process.emit', stack()) // node itself tells when nothing runs any more
    const name = error && error.constructor ? error.constructor.name : typeof error
    const names = [error && error.name, name]
    for (let at = error && getPrototypeOf(error); at; at = getPrototypeOf(at)) names.push(at.constructor && at.constructor.name)
    const frames = error instanceof Error ? stack(error) : []
    if (error instanceof Error && !formatted(error)) frames.unshift(['<made up>', 0, '<made up>', 'u'])
    write('exception', `${error && error.name ? error.name : name}\0${names.join(' ')}`, frames)
  })
}

const READS = ['ReadStream', 'open', 'openSync', 'readFile', 'readFileSync', 'createReadStream', 'copyFile', 'copyFileSync', 'cp', 'cpSync']
const WRITES = ['WriteStream', 'open', 'openSync', 'writeFile', 'writeFileSync', 'appendFile', 'appendFileSync', 'createWriteStream', 'mkdir',
  'mkdirSync', 'rename', 'renameSync', 'copyFile', 'copyFileSync', 'cp', 'cpSync', 'symlink', 'symlinkSync', 'link', 'linkSync',
  'unlink', 'unlinkSync', 'rm', 'rmSync', 'rmdir', 'rmdirSync', 'truncate', 'truncateSync', 'chmod', 'chmodSync', 'mkdtemp', 'mkdtempSync']

function watchFiles ({ fs, kind, watched, write, stack, realpath, log, makers }) {
  const path = require('node:path')
  const resolve = path.resolve
  const dirname = path.dirname
  const basename = path.basename
  const text = value => typeof value === 'string' ? value : Buffer.isBuffer(value) ? value.toString() : value instanceof URL ? decodeURIComponent(value.pathname) : ''
  const real = there => {
    const whole = resolve(there)
    try { return realpath(whole) } catch { /* not there yet */ }
    try { return realpath(dirname(whole)) + '/' + basename(whole) } catch { return whole }
  }
  const stat = fs.statSync
  const number = kind === 'disclose' ? stat(watched).ino : -1
  const touches = value => {
    const given = text(value)
    if (!given || !watched) return false
    const found = real(given)
    if (found === watched || found.startsWith(watched + '/')) return true
    if (number < 0) return false
    try { return stat(found).ino === number } catch { return false }
  }
  const plants = kind === 'disclose' || kind === 'write' ? ['symlink', 'symlinkSync', 'link', 'linkSync'] : []
  const names = kind === 'disclose' ? READS : kind === 'write' ? WRITES : kind === 'execute' ? READS : []
  for (const [where, label] of [[fs, 'fs.'], [fs.promises, 'fs.promises.']]) {
    for (const name of new Set([...names, ...plants, 'open', 'openSync', 'writeFileSync', 'appendFileSync', 'truncateSync'])) {
      wrap(where, name, makers, args => {
        if (plants.includes(name) && touches(args[0]) && !touches(args[1])) write('plant', text(args[1]), stack())
        else if (names.includes(name)) for (const each of [args[0], args[1]]) if (touches(each)) write(label + name, text(each), stack())
        if (text(args[0]) === log) write('meddling', label + name, stack())
      })
    }
  }
}

function watchPrograms ({ write, stack, makers }) {
  const programs = require('node:child_process')
  for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork']) {
    wrap(programs, name, makers, args => write('child_process.' + name, args.slice(0, 2).flat().filter(each => typeof each === 'string').join(' '), stack()))
  }
  wrap(require('node:worker_threads'), 'Worker', makers, () => write('worker', '', stack()))
  const mine = () => ['h', 'f'].includes((stack().find(frame => frame[3] !== 'l') || [])[3])
  for (const name of ['binding', '_linkedBinding', 'dlopen']) {
    wrap(process, name, makers, () => { if (mine()) write('meddling', 'process.binding', stack()) })
  }
  const bind = Function.prototype.bind
  const apply = Reflect.apply
  const source = Function.prototype.toString
  const talk = new Set([...Object.values(console), process.stdout.write, process.stderr.write])
  const native = f => typeof f === 'function' && (makers.watched.has(f) || apply(source, f, []).endsWith('{ [native code] }'))
  Function.prototype.bind = function (...args) { // a native function that is tied to its arguments shows no frame of who tied it
    if (native(this) && !talk.has(this) && mine()) write('meddling', 'bind', stack())
    return apply(bind, this, args)
  }
  Object.defineProperty(Function.prototype, 'bind', { enumerable: false })
}

// Who makes code run that no file holds: what `vm`, `Function` and `_compile` are given, by the digest of its text.
function watchMakers ({ makers, stack }) {
  const vm = require('node:vm')
  const note = code => { if (typeof code === 'string') makers.note(code, stack()) }
  for (const name of ['Script', 'runInContext', 'runInNewContext', 'runInThisContext', 'compileFunction']) wrap(vm, name, makers, args => note(args[0]))
  const Module = require('node:module')
  wrap(Module.prototype, '_compile', makers, args => makers.notFile(args[0], args[1], stack))
  const made = (ps, body) => `(function anonymous(${ps.join(',')}\n) {\n${body}\n})`
  const original = Function
  const noted = args => { const words = args.map(String); note(made(words.slice(0, -1), words.length ? words[words.length - 1] : '')) }
  const safely = args => { try { noted(args) } catch { /* it will fail by itself */ } }
  const proxy = new Proxy(original, {
    apply (to, self, args) { safely(args); return Reflect.apply(to, self, args) },
    construct (to, args, as) { safely(args); return Reflect.construct(to, args, as === proxy ? to : as) }
  })
  globalThis.Function = proxy
  Object.defineProperty(original.prototype, 'constructor', { value: proxy, writable: true, configurable: true, enumerable: false })
}

// What ends the process as a crash would: by whom.
function watchEnds ({ write, stack, makers }) {
  for (const name of ['abort', 'kill', 'reallyExit']) {
    wrap(process, name, makers, args => { if (name !== 'reallyExit' || args[0] > 128) write('kill', 'process.' + name, stack()) })
  }
  process.on('exit', () => write('end', '', []))
}

// Single requests for so much memory that no sample shows who asks.
function watchSizes ({ write, stack, makers }, bytes) {
  const look = size => { if (size >= bytes / 4) write('alloc', String(size), stack()) }
  for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow']) wrap(Buffer, name, makers, args => look(args[0]))
  for (const [name, of] of [['repeat', (text, n) => text.length * n], ['padStart', (_, n) => n], ['padEnd', (_, n) => n]]) {
    const original = String.prototype[name]
    const apply = Reflect.apply
    const holder = { [name] (...args) { try { look(of(String(this), args[0])) } catch { /* it will fail by itself */ } return apply(original, this, args) } }
    Object.defineProperty(String.prototype, name, { value: holder[name], writable: true, configurable: true, enumerable: false })
  }
}

function wrap (where, name, makers, look) {
  const original = where[name]
  if (typeof original !== 'function') return
  const apply = Reflect.apply
  const construct = Reflect.construct
  const watched = function (...args) {
    try { look(args) } catch { /* a witness that fails never stops the run */ }
    return new.target ? construct(original, args, new.target === watched ? original : new.target) : apply(original, this, args)
  }
  for (const [key, value] of Object.entries(Object.getOwnPropertyDescriptors(original))) {
    const mine = Object.getOwnPropertyDescriptor(watched, key)
    if (!mine || mine.configurable) Object.defineProperty(watched, key, value)
    else if (key === 'prototype') watched.prototype = value.value
  }
  makers.watched.add(watched)
  try { where[name] = watched } catch { /* read-only */ }
  if (where[name] !== watched) try { Object.defineProperty(where, name, { value: watched, writable: true, configurable: true, enumerable: true }) } catch { /* fixed */ }
}

function watchPrototypes ({ write, stack }) {
  const property = 'headstart_polluted'
  const define = Object.defineProperty
  const own = Object.getOwnPropertyDescriptor
  const shared = new Map([[Object, 'Object'], [Function, 'Function'], [Array, 'Array'], [String, 'String'], [Number, 'Number'], [Boolean, 'Boolean'],
    [Date, 'Date'], [RegExp, 'RegExp'], [Promise, 'Promise'], [Map, 'Map'], [Set, 'Set'], [Error, 'Error']].map(([of, name]) => [of.prototype, name]))
  const values = new Map()
  const note = (on, value) => {
    write('pollute', shared.get(on) + '.prototype', stack())
    values.set(on, { value })
  }
  define(Object.prototype, property, {
    configurable: false,
    enumerable: false,
    get () { return values.has(Object.prototype) ? values.get(Object.prototype).value : undefined },
    set (value) {
      if (shared.has(this)) note(this, value)
      else define(this, property, { value, writable: true, enumerable: true, configurable: true })
    }
  })
  // what defines a property past that setter
  const caught = (on, name, descriptor) => {
    if (name !== property || !shared.has(on)) return false
    note(on, descriptor && descriptor.value)
    return on === Object.prototype // it can't be defined again there: the note stands for it
  }
  Object.defineProperty = function (on, name, descriptor) { return caught(on, name, descriptor) ? on : define(on, name, descriptor) }
  const reflect = Reflect.defineProperty
  Reflect.defineProperty = function (on, name, descriptor) { return caught(on, name, descriptor) || reflect(on, name, descriptor) }
  const all = Object.defineProperties
  Object.defineProperties = function (on, descriptors) {
    if (!shared.has(on) || !descriptors || !own(descriptors, property) || !caught(on, property, descriptors[property])) return all(on, descriptors)
    const { [property]: _, ...others } = descriptors
    return all(on, others)
  }
  for (const name of ['__defineGetter__', '__defineSetter__']) {
    const original = Object.prototype[name]
    define(Object.prototype, name, {
      value: function (key, made) { return caught(this, key, {}) ? undefined : Reflect.apply(original, this, [key, made]) },
      writable: true,
      configurable: true
    })
  }
  process.on('exit', () => {
    for (const [on, name] of shared) {
      const found = own(on, property)
      if (found && !('get' in found && found.get)) write('polluted-at-end', name + '.prototype', [])
    }
    write('end', '', [])
  })
}

function sample ({ target, log }, key, seconds) {
  const { Worker } = require('node:worker_threads')
  const source = `
    const { Session } = require('node:inspector')
    const fs = require('node:fs')
    const { createHmac } = require('node:crypto')
    const { workerData } = require('node:worker_threads')
    const { key, log, target, pid, every, places } = workerData
    const handle = fs.openSync(log, 'a')
    const { whoseFile, plain } = require(places)
    const known = new Map()
    const place = ({ url, hash }) => {
      if (!known.has(url + hash)) known.set(url + hash, whoseFile(plain(url), hash, target))
      return known.get(url + hash)
    }
    let n = 0
    function write (frames) {
      if (n >= 500) return
      n += 1
      const body = JSON.stringify({ n, pid: -pid, event: 'sample', detail: '', frames })
      fs.writeSync(handle, createHmac('sha256', Buffer.from(key, 'hex')).update(body).digest('hex').slice(0, 32) + ' ' + body + '\\n')
    }
    const scripts = new Map()
    const session = new Session()
    session.connectToMainThread()
    session.on('Debugger.scriptParsed', ({ params }) => scripts.set(params.scriptId, params))
    session.on('Debugger.paused', ({ params }) => {
      const frames = params.callFrames.slice(0, 60).map(({ functionName, location }) => {
        const script = scripts.get(location.scriptId) || { url: '', hash: '' }
        return [plain(script.url), location.lineNumber + 1, functionName || '<module>', place(script)]
      })
      write(frames.filter(frame => frame[3] !== ''))
      session.post('Debugger.resume')
    })
    session.post('Debugger.enable')
    setInterval(() => session.post('Debugger.pause'), every)
  `
  const workerData = { key, log, target, pid: process.pid, every: Math.max(20, seconds * 1000), places: require.resolve('./places.cjs') }
  const worker = new Worker(source, { eval: true, workerData, stdin: false })
  worker.unref()
}

if (isMainThread) start()
