// A server that has a database file open, opens it once more in one of several ways, and then commits a row for each
// line that it reads, until it is killed.
//
//   node program.cjs FILE (again | pool | worker)
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { openDatabaseFile } from '../../../src/migrator/open-database.ts'

if (isMainThread) void serve(process.argv[2] ?? '', process.argv[3] ?? '')
else openDatabaseFile(String(workerData), { mustExist: true }).close()

async function serve(file: string, way: string) {
  const database = openDatabaseFile(file)
  database.exec('CREATE TABLE row (id INTEGER PRIMARY KEY)')
  const commit = database.prepare('INSERT INTO row DEFAULT VALUES')
  commit.run()
  await openOnceMore(file, way)
  commit.run()
  process.stdout.write('ready\n')
  for await (const _line of createInterface({ input: process.stdin })) {
    commit.run()
    process.stdout.write('committed\n')
  }
}

async function openOnceMore(file: string, way: string): Promise<void> {
  if (way === 'again') openDatabaseFile(file).close()
  if (way === 'pool') for (let size = 0; size < 4; size++) openDatabaseFile(file, { mustExist: true })
  if (way === 'worker') await once(new Worker(fileURLToPath(import.meta.url), { workerData: file }), 'exit')
}
