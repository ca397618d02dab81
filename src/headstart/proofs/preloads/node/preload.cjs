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
  const [, key, kind, watched, target, log, , seconds] = words
  delete process.env.NODE_OPTIONS
  const write = writer(fs, key, log)
  const stack = stacks(target)
  const witness = { fs, kind, watched, target, write, stack, realpath: fs.realpathSync.native, log }
  write('start', process.version, '')
  watchErrors(witness)
  watchFiles(witness)
  watchPrograms(witness)
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

function stacks (target) {
  const own = __filename
  const place = file => file.startsWith('node:') || file === '' ? 'l' : file.startsWith(target) ? 't' : 'h'
  const collect = (_, sites) => sites
  const plain = file => file.startsWith('file://') ? decodeURIComponent(file.slice(7)) : file
  const origin = site => { // code without a file belongs to the file that made it run
    const match = site.isEval() ? /\(([^()]{1,1000}):\d+:\d+\)/.exec(site.getEvalOrigin() || '') : null
    return match ? match[1] : ''
  }
  return error => {
    const [limit, prepare] = [Error.stackTraceLimit, Error.prepareStackTrace]
    Error.stackTraceLimit = 100
    Error.prepareStackTrace = collect
    const sites = (error || new Error('here')).stack
    Error.stackTraceLimit = limit
    Error.prepareStackTrace = prepare
    const frames = Array.isArray(sites)
      ? sites.map(site => [plain(site.getFileName() || origin(site)), site.getLineNumber() || 0, site.getFunctionName() || ''])
      : parse(String(sites), plain)
    return frames.map((frame, at) => [frame[0], frame[1], frame[2] || (starts(frames[at + 1]) ? '<module>' : '<anonymous>')])
      .filter(frame => frame[0] !== own && frame[0] !== '')
      .map(frame => [...frame, place(frame[0])])
  }
}

// whether a frame is Node's own loader, so that what it called is a module's body and no function of it
function starts (frame) {
  return frame !== undefined && /^node:internal\/modules\/(cjs\/loader|esm\/module_job)$/.test(frame[0])
}

function parse (text, plain) {
  const frames = []
  for (const line of text.split('\n')) {
    const match = /^ {4}at (?:(.{1,200}) \()?(.{1,1000}?):(\d+):\d+\)?$/.exec(line)
    if (!match || match[2].includes('<anonymous>')) continue
    frames.push([plain(match[2]), Number(match[3]), match[1] === 'Object.<anonymous>' ? '' : match[1] || ''])
  }
  return frames
}

function watchErrors ({ write, stack }) {
  Error.stackTraceLimit = 100
  process.on('uncaughtExceptionMonitor', error => {
    const name = error && error.constructor ? error.constructor.name : typeof error
    const names = [error && error.name, name]
    for (let at = error && Object.getPrototypeOf(error); at; at = Object.getPrototypeOf(at)) names.push(at.constructor && at.constructor.name)
    const frames = error instanceof Error ? stack(error) : []
    write('exception', `${error && error.name ? error.name : name}\0${names.join(' ')}`, frames)
  })
}

const READS = ['open', 'openSync', 'readFile', 'readFileSync', 'createReadStream', 'copyFile', 'copyFileSync', 'cp', 'cpSync']
const WRITES = ['open', 'openSync', 'writeFile', 'writeFileSync', 'appendFile', 'appendFileSync', 'createWriteStream', 'mkdir',
  'mkdirSync', 'rename', 'renameSync', 'copyFile', 'copyFileSync', 'cp', 'cpSync', 'symlink', 'symlinkSync', 'link', 'linkSync',
  'unlink', 'unlinkSync', 'rm', 'rmSync', 'rmdir', 'rmdirSync', 'truncate', 'truncateSync', 'chmod', 'chmodSync', 'mkdtemp', 'mkdtempSync']

function watchFiles ({ fs, kind, watched, write, stack, realpath, log }) {
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
  const touches = value => {
    const given = text(value)
    if (!given || !watched) return false
    const found = real(given)
    return found === watched || found.startsWith(watched + '/')
  }
  const names = kind === 'disclose' ? READS : kind === 'write' ? WRITES : kind === 'execute' ? READS : []
  for (const [where, label] of [[fs, 'fs.'], [fs.promises, 'fs.promises.']]) {
    for (const name of new Set([...names, 'open', 'openSync', 'writeFileSync', 'appendFileSync', 'truncateSync'])) {
      wrap(where, name, args => {
        if (names.includes(name)) for (const each of [args[0], args[1]]) if (touches(each)) write(label + name, text(each), stack())
        if (text(args[0]) === log) write('meddling', label + name, stack())
      })
    }
  }
}

function watchPrograms ({ write, stack }) {
  const programs = require('node:child_process')
  for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork']) {
    wrap(programs, name, args => write('child_process.' + name, args.slice(0, 2).flat().filter(each => typeof each === 'string').join(' '), stack()))
  }
}

function wrap (where, name, look) {
  const original = where[name]
  if (typeof original !== 'function') return
  const apply = Reflect.apply
  where[name] = function (...args) {
    try { look(args) } catch { /* a witness that fails never stops the run */ }
    return new.target ? Reflect.construct(original, args, new.target) : apply(original, this, args)
  }
  Object.defineProperty(where[name], 'name', { value: name })
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
    configurable: true,
    enumerable: false,
    get () { return values.has(Object.prototype) ? values.get(Object.prototype).value : undefined },
    set (value) {
      if (shared.has(this)) note(this, value)
      else define(this, property, { value, writable: true, enumerable: true, configurable: true })
    }
  })
  Object.defineProperty = function (on, name, descriptor) {
    if (name === property && shared.has(on)) note(on, descriptor && descriptor.value)
    return define(on, name, descriptor)
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
    const { key, log, target, pid, every } = workerData
    const handle = fs.openSync(log, 'a')
    const place = file => file === '' || file.startsWith('node:') ? 'l' : file.startsWith(target) ? 't' : 'h'
    const plain = file => file.startsWith('file://') ? decodeURIComponent(file.slice(7)) : file
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
    session.on('Debugger.scriptParsed', ({ params }) => scripts.set(params.scriptId, params.url))
    session.on('Debugger.paused', ({ params }) => {
      const frames = params.callFrames.slice(0, 60).map(({ functionName, location }) =>
        [plain(scripts.get(location.scriptId) || ''), location.lineNumber + 1, functionName || '<module>'])
      write(frames.filter(frame => frame[0] !== '').map(frame => [...frame, place(frame[0])]))
      session.post('Debugger.resume')
    })
    session.post('Debugger.enable')
    setInterval(() => session.post('Debugger.pause'), every)
  `
  const workerData = { key, log, target, pid: process.pid, every: Math.max(20, seconds * 1000) }
  const worker = new Worker(source, { eval: true, workerData, stdin: false })
  worker.unref()
}

if (isMainThread) start()
