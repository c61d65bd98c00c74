import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DiagnosedError, errorMessage } from '../errors.ts'
import { callingFile, packageFolder } from '../package-folder.ts'
import type { MatchRequest } from './matchers.ts'
import type { DescribeOptions, Outcome, UpgradeTests } from './model.ts'

/** What the host is asked to do. */
export type HostRequest =
  | { readonly id: number; readonly group: number; readonly test: number }
  | { readonly id: number; readonly close: number }

/** What it answers. */
export type HostReply = { readonly id: number } & ({ readonly outcome: Outcome } | { readonly error: string })

/** The names of all tests, as the host lists them. */
export interface TestList {
  readonly name: string
  readonly groups: readonly { readonly name: string; readonly tests: readonly string[] }[]
}

/** An answer of the host stands on a line that begins with this; the code of a project may print others. */
export const answerMark = '\u0002migration-proof: '

/** What the host is started with, as JSON. */
export interface HostStart {
  /** The path of the config; null to search it from the folder upwards. */
  readonly config: string | null
  readonly folder: string
  readonly options: DescribeOptions
  /** What a matcher asks, with the paths of the databases. */
  readonly match?: {
    readonly database: string
    readonly before: string | null
    readonly version: number | null
  }
}

/** The config that a test names. @throws {DiagnosedError} when it is something else than a path */
export function requirePath(config: unknown): string | URL | undefined {
  if (config === undefined || typeof config === 'string' || config instanceof URL) return config
  throw new DiagnosedError({
    where: 'describeUpgrades',
    expected: 'the path of the config, which another process loads',
    actual: 'a config',
    fix: 'pass the path of its file, or nothing for the nearest migration-proof.config upwards',
  })
}

/**
 * The tests of a config that the calling file names, or of the nearest one from its folder upwards.
 *
 * @throws {DiagnosedError} when the config cannot be loaded
 */
export function listTestsOfFile(config: string | URL | undefined, options: DescribeOptions): UpgradeTests {
  return listRemotely({ ...findStart(config), options })
}

function findStart(config: string | URL | undefined): Omit<HostStart, 'options'> {
  const file = callingFile()
  const folder = file === null ? process.cwd() : dirname(file)
  const path = config instanceof URL || config?.startsWith('file:') ? fileURLToPath(config) : config
  return { config: path === undefined ? null : resolve(folder, path), folder }
}

/** What proves the matchers of a config: a process for each, which is given the databases as files. */
export function matchRemotely(config: string | URL | undefined): (request: MatchRequest) => Outcome {
  const start = findStart(config)
  return ({ database, before, version }) => {
    const folder = mkdtempSync(join(tmpdir(), 'migration-proof-'))
    try {
      const write = (name: string, bytes: Uint8Array) => {
        const file = join(folder, name)
        writeFileSync(file, bytes, { mode: 0o600 })
        return file
      }
      return askOnce<Outcome>('match', {
        ...start,
        options: {},
        match: {
          database: write('database.db', database),
          before: before === undefined ? null : write('before.db', before),
          version: version ?? null,
        },
      })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/**
 * The tests of a config that a process of Node loads and proves, for test runners that cannot: Jest loads no modules by
 * default, Bun cannot load the driver, and an older Node no TypeScript. The process is started twice: to list the tests before any
 * of them runs, and with the first one that does.
 *
 * @throws {DiagnosedError} when the config cannot be loaded
 */
function listRemotely(start: HostStart): UpgradeTests {
  const { name, groups } = askOnce<TestList>('list', start)
  const host = new Host(start)
  return {
    name,
    groups: groups.map((group, index) => ({
      name: group.name,
      tests: group.tests.map((test, position) => ({
        name: test,
        prove: () => host.ask({ group: index, test: position }),
      })),
      close: () => host.close(index),
    })),
    end: () => host.end(),
  }
}

/** Starts the host for one answer. @throws {Error} with what it says where it gives none */
function askOnce<Answer>(mode: 'list' | 'match', start: HostStart): Answer {
  const parameters = [hostFile(), mode, JSON.stringify(start)]
  const { stdout, stderr, error } = spawnSync(nodeProgram(), parameters, {
    encoding: 'utf8',
    maxBuffer: 1e9,
    windowsHide: true,
  })
  if (error !== undefined) throw noNode(error)
  const line = stdout.split('\n').find((each) => each.startsWith(answerMark))
  if (line !== undefined) return JSON.parse(line.slice(answerMark.length))
  throw plainError(stderr.trim() === '' ? 'migration-proof gave no answer.' : stderr.trim())
}

/** An error of a sentence, without the lines of this package, which help no one. */
function plainError(message: string): Error {
  const error = new Error(message)
  error.stack = `${error.name}: ${message}`
  return error
}

/** In Bun, `execPath` is Bun itself. */
function nodeProgram(): string {
  return process.versions.bun === undefined ? process.execPath : 'node'
}

function noNode(cause: Error): DiagnosedError {
  return new DiagnosedError(
    {
      where: 'migration-proof',
      expected: 'Node 20.19 or later on the PATH, in which upgrades are proven',
      actual: `the error '${errorMessage(cause)}'`,
      fix: 'install Node, and run again',
    },
    { cause },
  )
}

/** It is a bundle, also where this code is one of the sources. */
function hostFile(): string {
  return join(packageFolder(), 'dist', 'test-runners', 'host.worker.js')
}

/** The process that proves. */
class Host {
  readonly #start: HostStart
  readonly #waiting = new Map<number, { take(reply: HostReply): void; fail(error: Error): void }>()
  #process: ChildProcess | null = null
  #last = 0

  constructor(start: HostStart) {
    this.#start = start
  }

  async ask(asked: { readonly group: number; readonly test: number }): Promise<Outcome> {
    const reply = await this.#send({ ...asked, id: ++this.#last })
    if ('outcome' in reply) return reply.outcome
    throw plainError(reply.error)
  }

  async close(group: number): Promise<void> {
    if (this.#process !== null) await this.#send({ close: group, id: ++this.#last })
  }

  end(): void {
    this.#process?.disconnect()
    this.#process = null
  }

  #send(request: HostRequest): Promise<HostReply> {
    this.#process ??= this.#open()
    const host = this.#process
    return new Promise((take, fail) => {
      this.#waiting.set(request.id, { take, fail })
      host.send(request, (error) => {
        if (error !== null) fail(error)
      })
    })
  }

  #open(): ChildProcess {
    const host = spawn(nodeProgram(), [hostFile(), 'serve', JSON.stringify(this.#start)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'json',
      windowsHide: true,
    })
    const failAll = (error: Error) => {
      for (const { fail } of this.#waiting.values()) fail(error)
      this.#waiting.clear()
    }
    host.on('message', (reply: HostReply) => {
      this.#waiting.get(reply.id)?.take(reply)
      this.#waiting.delete(reply.id)
    })
    host.on('error', (error) => failAll(noNode(error)))
    host.on('exit', (code, signal) =>
      failAll(new Error(`The process that proves the upgrades has ended with ${signal ?? code}.`)),
    )
    return host
  }
}
