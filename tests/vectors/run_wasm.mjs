// node run_wasm.mjs MODULE FILE...: what xom-vectors does, by the module of tools/build-wasm --vectors.
import { webcrypto } from 'node:crypto'
import { readFileSync } from 'node:fs'

const [modulePath, ...files] = process.argv.slice(2)
if (!modulePath || files.length === 0) {
  console.error('usage: run_wasm.mjs MODULE FILE...')
  process.exit(2)
}

/** @type {WebAssembly.Memory} */
let memory
const module = new WebAssembly.Module(readFileSync(modulePath))
/** @type {Record<string, Function>} */
const wasi = {}
// What the JSON reader brings along, numbers as text and the like, is never called.
for (const { name } of WebAssembly.Module.imports(module)) {
  wasi[name] = () => {
    throw new Error(`the module calls ${name}`)
  }
}
// The one import that the core itself names (protocol/wasm/README.md).
wasi.random_get = (pointer, size) => {
  for (let done = 0; done < size; done += 65536) {
    const part = Math.min(65536, size - done)
    webcrypto.getRandomValues(new Uint8Array(memory.buffer, (pointer >>> 0) + done, part))
  }
  return 0
}
const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi })
const core = instance.exports
memory = core.memory
core._initialize()
if (core.xom_start() !== 0) throw new Error('the module does not start')

let failed = false
for (const file of files) {
  const text = readFileSync(file)
  const input = core.xom_alloc(text.length) >>> 0
  if (input === 0) throw new Error('no memory')
  new Uint8Array(memory.buffer).set(text, input)
  const answer = core.xom_test_vectors(input, text.length) >>> 0
  core.xom_free(input, text.length)
  const size = new DataView(memory.buffer).getUint32(answer + 4, true)
  const line = new TextDecoder().decode(new Uint8Array(memory.buffer, answer + 16, size))
  core.xom_free(answer, 16 + size)
  console.log(`${file}: ${line}`)
  failed ||= line.split(' ')[2] !== '0'
}
process.exit(failed ? 1 : 0)
