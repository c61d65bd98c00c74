import type { StartedTestContainer } from 'testcontainers'
import { databasePath, type Ended } from './volume.ts'

/** What programs/server.mjs says once it has started. */
export interface Start {
  readonly from: number
  readonly to: number
  readonly applied: readonly number[]
}

/** What programs/large-file.mjs says of a file. */
export interface LargeFile {
  readonly bytes: number
  readonly integrity: string
  readonly version: number
  readonly records: number
  readonly content: number
}

/** What a server said when it had started; throws what it said instead. */
export function startOf(ended: Ended): Start {
  const { from, to, applied } = eventOf(ended, 'started')
  return { from: Number(from), to: Number(to), applied: Array.isArray(applied) ? applied.map(Number) : [] }
}

/** One of the lines that a server printed. */
export function eventOf({ exitCode, output }: Ended, event: string): Record<string, unknown> {
  const line = output.split('\n').find((candidate) => candidate.includes(`"event":"${event}"`))
  if (line === undefined)
    throw new Error(`Expected a server that ${event}, found exit code ${exitCode}: ${output}`)
  return JSON.parse(line)
}

/** Runs a program on the large file and returns what it says of the file. */
export async function runOnLargeFile(
  container: StartedTestContainer,
  task: 'grow' | 'report',
  ...numbers: readonly number[]
): Promise<LargeFile> {
  const program = ['node', '/programs/large-file.mjs', task, databasePath, ...numbers.map(String)]
  const { exitCode, output } = await container.exec(program)
  if (exitCode !== 0) throw new Error(`large-file.mjs ${task}: ${output}`)
  return JSON.parse(output)
}

/** Runs a few statements of JavaScript in a container. */
export async function runNode(container: StartedTestContainer, script: string): Promise<string> {
  const { exitCode, output } = await container.exec(['node', '-e', script])
  if (exitCode !== 0) throw new Error(`node -e "${script}": ${output}`)
  return output
}

/** Runs a statement on the file of a container and returns its first value. */
export async function query(container: StartedTestContainer, sql: string): Promise<number> {
  const script = `const database = require('/app/node_modules/better-sqlite3')(${JSON.stringify(databasePath)})
    const statement = database.prepare(${JSON.stringify(sql)})
    console.log(statement.reader ? statement.pluck().get() : statement.run().changes)`
  return Number(await runNode(container, script))
}

/** Copies /start.db to where the server looks for it, and leaves so many bytes free beside it. */
export async function fillDisk(container: StartedTestContainer, freeBytes: number) {
  await runNode(
    container,
    `fs.copyFileSync('/start.db', ${JSON.stringify(databasePath)})
    const { bavail, bsize } = fs.statfsSync('/data')
    fs.writeFileSync('/data/ballast', Buffer.alloc(bavail * bsize - ${freeBytes}))`,
  )
}
