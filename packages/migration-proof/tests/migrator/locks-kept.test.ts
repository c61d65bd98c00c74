// Goal: a process that has a database open keeps its locks when it opens the file once more. Without them another
// process that closes the file takes itself for the last one and deletes the write-ahead log under the server, which
// goes on to commit into a file that is gone. See https://www.sqlite.org/howtocorrupt.html (2.2).
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { bundleProgram } from '../support/bundle-program.ts'

let program: string
let folder: string
let file: string
const servers: ChildProcess[] = []

beforeAll(async () => {
  program = await bundleProgram(fileURLToPath(new URL('programs/server.ts', import.meta.url)))
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'locks-kept-'))
  file = join(folder, 'data.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))
afterAll(() => {
  for (const server of servers) server.kill('SIGKILL')
})

/** A server that is ready: it has two rows committed. */
async function startServer(way: string) {
  const server = spawn(process.execPath, [program, file, way], { stdio: ['pipe', 'pipe', 'inherit'] })
  servers.push(server)
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]()
  expect(await lines.next()).toMatchObject({ value: 'ready' })
  return {
    commit: async () => {
      server.stdin.write('\n')
      expect(await lines.next()).toMatchObject({ value: 'committed' })
    },
    kill: async () => {
      server.kill('SIGKILL')
      await once(server, 'exit')
    },
  }
}

/**
 * What another process does that opens the file and closes it again. It wants the file for itself: an SQLite up to
 * 3.50 tries that by itself when it closes the file, a newer one first looks for others in another way.
 */
function openAndClose() {
  const database = new Database(file, { timeout: 0 })
  try {
    database.pragma('locking_mode = EXCLUSIVE')
    database.prepare('SELECT count(*) FROM row').get()
  } catch (error) {
    expect(error).toHaveProperty('code', 'SQLITE_BUSY')
  } finally {
    database.close()
  }
}

function countRows(): unknown {
  const database = new Database(file)
  try {
    return database.prepare('SELECT count(*) AS rows FROM row').pluck().get()
  } finally {
    database.close()
  }
}

it.for(['again', 'pool', 'worker'])(
  'a server that opens its file once more keeps all that it commits: %s',
  async (way) => {
    const server = await startServer(way)
    const log = statSync(`${file}-wal`).ino
    openAndClose()
    expect(existsSync(`${file}-wal`) && statSync(`${file}-wal`).ino).toBe(log)
    await server.commit()
    expect(countRows()).toBe(3)
    openAndClose()
    await server.commit()
    await server.kill()
    expect(countRows()).toBe(4)
  },
)
