'use strict'
// Whose code runs in Node: each frame is held against the file that it names, by the digest of its script. A part of
// the hub's witness (`preload.cjs`); it keeps nothing secret.

const { createHash } = require('node:crypto')
const { readFileSync } = require('node:fs')
const apply = Reflect.apply
const plain = file => file.startsWith('file://') ? decodeURIComponent(file.slice(7)) : file
const digest = text => createHash('sha256').update(text).digest('hex')
const files = new Map()

// The digest of what a file holds, as V8 counts it: without a byte order mark, as UTF-8; "" where it can't be read.
function held (file) {
  if (!files.has(file)) {
    let found = ''
    try { found = digest(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')) } catch { /* no such file */ }
    files.set(file, found)
  }
  return files.get(file)
}

// `t` the target's, `l` node's own, `h` the harness's, `f` code that the target's file does not hold, "" code of no file.
function whoseFile (file, hash, target) {
  if (file.startsWith('node:')) return 'l'
  if (!file.startsWith('/') || file.startsWith(__dirname + '/')) return ''
  if (!file.startsWith(target)) return 'h'
  return !hash || hash === held(file) ? 't' : 'f'
}

function places (target, witness) {
  const made = new Map() // the digest of a script that no file holds -> whose doing it is
  const own = [witness, __filename]
  const watched = new WeakSet()
  const sites = new WeakMap() // an error -> its frames, as V8 told them when they were first asked for
  const first = frames => (frames.find(frame => frame[3] !== 'l' && frame[3] !== '') || [])[3] || 'h'

  const whose = site => {
    const hash = typeof site.getScriptHash === 'function' ? site.getScriptHash() : ''
    if (made.has(hash)) return made.get(hash)
    if (!site.isEval()) return whoseFile(plain(site.getFileName() || ''), hash, target)
    const match = /\(([^()]{1,1000}):\d+:\d+\)/.exec(site.getEvalOrigin() || '')
    return match ? whoseFile(plain(match[1]), '', target) : 'u' // a name of its own choice hides who made it
  }
  const spelled = all => all.map((site, at) => {
    const file = plain(site.getFileName() || site.getScriptNameOrSourceURL() || '')
    const below = all[at + 1]
    const loads = below && /^node:internal\/modules\//.test(below.getFileName() || '')
    const name = site.getFunctionName() || (loads ? '<module>' : '<anonymous>')
    return [file || '<eval>', site.getLineNumber() || 0, name, own.includes(file) ? '' : whose(site)]
  }).filter(frame => frame[3] !== '')

  // V8 asks Error.prepareStackTrace for the text of a stack once. What it hands over is kept here, whatever the
  // harness then puts in its place; what the harness sets is called as it would have been.
  let theirs
  const standard = (error, all) => [safely(error), ...all.map(site => `    at ${site}`)].join('\n')
  const prepare = (error, all) => {
    try { if (!sites.has(error)) sites.set(error, spelled(all)) } catch { /* a witness that fails never stops the run */ }
    return typeof theirs === 'function' ? apply(theirs, Error, [error, all]) : standard(error, all)
  }
  Object.defineProperty(Error, 'prepareStackTrace', {
    configurable: false,
    get: () => prepare,
    set: value => { theirs = value === prepare ? undefined : value }
  })

  const stack = error => {
    const limit = Error.stackTraceLimit
    if (error) return touch(error)
    Error.stackTraceLimit = 100
    const here = new Error('here')
    const frames = touch(here)
    Error.stackTraceLimit = limit
    return frames
  }
  const touch = error => {
    const before = theirs
    theirs = undefined
    try { void error.stack } catch { /* a getter of its own */ }
    theirs = before
    return [...(sites.get(error) || [])]
  }
  const makers = {
    watched,
    note: (code, frames) => made.set(digest(code), first(frames)),
    notFile: (code, file, ask) => {
      if (typeof code === 'string' && digest(code.replace(/^\uFEFF/, '')) !== held(plain(String(file)))) made.set(digest(code), first(ask()))
    }
  }
  return { whose, stack, own, makers, formatted: error => sites.has(error) }
}

function safely (error) {
  try { return Error.prototype.toString.call(error) } catch { return '<error>' }
}

module.exports = { places, whoseFile, plain }
