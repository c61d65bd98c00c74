/**
 * Reads and copies database files in a process of its own. This process may have the file open in SQLite, and
 * closing any other descriptor of it would drop SQLite's locks: another process then assumes that it is the last one,
 * and deletes the write-ahead log. See https://www.sqlite.org/howtocorrupt.html (2.2).
 */

/** Prints the first bytes of a file. */
const readScript = `
  const { openSync, readSync } = require('node:fs')
  const [, path, length] = process.argv
  const bytes = Buffer.alloc(Number(length))
  process.stdout.write(bytes.subarray(0, readSync(openSync(path, 'r'), bytes, 0, bytes.length, 0)))`

/** Copies a file to a new one that its owner alone can read; copyFileSync would take over the mode. */
const copyScript = `
  const { closeSync, openSync, readSync, writeSync } = require('node:fs')
  const [, path, target] = process.argv
  const from = openSync(path, 'r')
  const to = openSync(target, 'wx', 0o600)
  const bytes = Buffer.alloc(1024 * 1024)
  for (let read = readSync(from, bytes); read > 0; read = readSync(from, bytes)) {
    for (let written = 0; written < read; ) written += writeSync(to, bytes, written, read - written)
  }
  closeSync(to)`

/** Thrown when the other process could not do its work. `code` is the system's, such as `EACCES` or `ENOSPC`. */
export class OtherProcessError extends Error {
  override readonly name = 'OtherProcessError'
  readonly code: string | null

  constructor(message: string, code: string | null, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/**
 * The first bytes of a file. Where the system has `head`, that reads them: it starts in a hundredth of the time of Node.
 *
 * @param length how many bytes, at most
 * @throws {OtherProcessError}
 */
export function readStartInOtherProcess(path: string, length: number): Buffer {
  const { status, stdout } = spawn('head', ['-c', `${length}`, '--', path])
  // Why it failed, Node says with the code of the error.
  return status === 0 ? stdout : runScriptInOtherProcess(readScript, path, `${length}`)
}

/**
 * Copies a file.
 *
 * @param target a path where no file is
 * @throws {OtherProcessError} `EEXIST` when there is one, `ENOSPC` when the disk is full
 */
export function copyInOtherProcess(path: string, target: string): void {
  runScriptInOtherProcess(copyScript, path, target)
}

/**
 * Runs JavaScript in another process of Node.
 *
 * @returns what it printed
 * @throws {OtherProcessError}
 */
export function runScriptInOtherProcess(script: string, ...parameters: string[]): Buffer {
  const { status, stdout, stderr, error } = spawn(process.execPath, argumentsOf(script, parameters))
  if (status === 0) return stdout
  if (error !== undefined) throw new OtherProcessError(error.message, codeOf(error), { cause: error })
  throw failureOf(stderr.toString())
}

/**
 * Runs JavaScript in another process of Node, beside this one. A signal from the terminal does not reach it, so that it is
 * this process that decides what a signal stops.
 *
 * @returns what it printed
 * @throws {OtherProcessError}
 */
export function startScriptInOtherProcess(script: string, ...parameters: string[]): Promise<string> {
  const { spawn: start } = process.getBuiltinModule('node:child_process')
  const child = start(process.execPath, argumentsOf(script, parameters), {
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: ownEnvironment(),
  })
  const printed = { out: '', error: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    printed.error += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', (error) =>
      reject(new OtherProcessError(error.message, codeOf(error), { cause: error })),
    )
    child.on('close', (code, signal) => {
      if (code === 0) resolve(printed.out)
      else
        reject(
          signal === null ? failureOf(printed.error) : new OtherProcessError(`it ended by ${signal}`, null),
        )
    })
  })
}

function argumentsOf(script: string, parameters: readonly string[]): string[] {
  const reporting = `try { ${script} } catch (error) { process.stderr.write(JSON.stringify([error.code, error.message])); process.exitCode = 1 }`
  return ['-e', reporting, ...parameters]
}

/** A project's own NODE_OPTIONS, such as --import, are not meant for this process. */
function ownEnvironment() {
  return { ...process.env, NODE_OPTIONS: '', ELECTRON_RUN_AS_NODE: '1' }
}

function failureOf(text: string): OtherProcessError {
  const [code, message] = parseFailure(text)
  return new OtherProcessError(message, code)
}

function spawn(command: string, parameters: readonly string[]) {
  // Loaded only then: most commands need none.
  const { spawnSync } = process.getBuiltinModule('node:child_process')
  return spawnSync(command, parameters, { maxBuffer: 64 * 1024 * 1024, env: ownEnvironment() })
}

function codeOf(error: NodeJS.ErrnoException): string | null {
  return error.code ?? null
}

function parseFailure(text: string): readonly [code: string | null, message: string] {
  try {
    const [code, message]: readonly [string | null, string] = JSON.parse(text)
    return [code, message]
  } catch {
    return [null, text.trim()]
  }
}
