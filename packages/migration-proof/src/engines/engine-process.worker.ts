import { spawn } from 'node:child_process'
import { workerData } from 'node:worker_threads'
import type { EngineThreadData, FromEngineThread } from './engine-protocol.ts'
import { SynchronousPort } from './synchronous-port.ts'

/**
 * The thread beside a process that runs an engine: it passes on each line that the harness sends, and each that the process
 * prints, while the harness waits.
 */
const { command, folder, port: messagePort, signals }: EngineThreadData = workerData
const port = new SynchronousPort<FromEngineThread, never>(messagePort, signals, 1)
const [program, ...parameters] = command
// A project's own NODE_OPTIONS, such as --import, are not meant for this process.
const child = spawn(program, parameters, {
  cwd: folder,
  env: { ...process.env, NODE_OPTIONS: '' },
  stdio: 'pipe',
  windowsHide: true,
})

/** How much of what the process complained of is kept. */
const mostWords = 4000
let words = ''
let begun: Buffer[] = []

child.stderr.setEncoding('utf8').on('data', (text: string) => {
  words = (words + text).slice(-mostWords)
})
child.stdout.on('data', (bytes: Buffer) => {
  let start = 0
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    begun.push(bytes.subarray(start, end))
    port.send({ kind: 'line', line: Buffer.concat(begun).toString() })
    begun = []
    start = end + 1
  }
  if (start < bytes.length) begun.push(bytes.subarray(start))
})
let hasEnded = false
const end = (how: string) => {
  if (!hasEnded) port.send({ kind: 'ended', how, lastWords: words.trim() })
  hasEnded = true
  messagePort.close()
}
child.on('error', (error) => end(error.message))
child.on('close', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`))
// A process that no longer reads has ended, which is reported by itself.
child.stdin.on('error', () => {})
messagePort.on('message', (line: string | null) => {
  if (line === null) child.stdin.end()
  else child.stdin.write(`${line}\n`)
})
