import { findDriver } from '../../engines/better-sqlite3.ts'
import { isSameFile, readIdentity } from '../../upgrade/file-identity.ts'
import { sidecarSizeOf } from '../../upgrade/tidy-sidecars.ts'

/** As the last connection that may write, it lets SQLite remove the sidecars: https://www.sqlite.org/wal.html#the_wal_file */
const script = `
  const [, engine, path] = process.argv
  const Database = require(engine)
  process.stdin.resume().on('error', () => {}).on('close', () => {
    const database = new Database(path, { fileMustExist: true, timeout: 0 })
    database.pragma('query_only = ON')
    database.prepare('SELECT count(*) FROM sqlite_schema').get()
    database.close()
  })`

/**
 * Notes what lies beside a file in WAL mode, before it is looked at.
 *
 * @returns what starts a process that removes the empty `-wal` and the `-shm` which the look has made, once this process
 *   has died. While a statement of the look runs, its connection is open, and SQLite removes neither.
 */
export function watchForDeath(path: string): () => void {
  const identity = readIdentity(path)
  const isClean = ['-wal', '-shm'].every((ending) => sidecarSizeOf(path + ending) === null)
  return () => {
    const isLeft = sidecarSizeOf(`${path}-wal`) === 0 && sidecarSizeOf(`${path}-shm`) !== null
    if (identity === null || !isClean || !isLeft || !isSameFile(path, identity)) return
    const { spawn } = process.getBuiltinModule('node:child_process')
    const engine = findDriver()
    // The system closes its standard input when this process dies. The signals of the terminal are not for it.
    const child = spawn(process.execPath, ['-e', script, engine, path], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { ...process.env, NODE_OPTIONS: '', ELECTRON_RUN_AS_NODE: '1' },
    })
    child.on('error', () => {})
  }
}
