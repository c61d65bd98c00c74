// @ts-check
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runChild } from '../support/child.mjs'
import { freshCopy } from '../support/files.mjs'
import { generateFile } from '../support/generate.mjs'
import { listStatements, shellScript, writeStatements } from '../support/statements.mjs'
import { interleave, median, ratioOf } from '../support/statistics.mjs'

const bench = fileURLToPath(new URL('..', import.meta.url))
const migrators = ['kysely', 'drizzle', 'knex', 'umzug']

/** With more records only the shell is compared: a round of all takes minutes, and the order is the same. */
const mostRecordsOfPeers = 1_000_000

/**
 * The upgrade from version 2 to the latest, without any proof, compared with the sqlite3 shell with the same statements
 * and with other migrators.
 *
 * @param {import('../support/options.mjs').Options} options
 */
export function measureUpgrade({ folder, records, rounds }) {
  const source = generateFile(folder, records)
  const target = join(folder, 'upgrade.db')
  const script = shellScript()
  const statements = writeStatements(folder)
  const dbmate = prepareDbmate(folder)
  const others = {
    dbmate: () => runChild([...dbmate.command, 'up'], { env: { DATABASE_URL: `sqlite:${target}` } }),
    ...Object.fromEntries(
      migrators.map((name) => [
        name,
        () => runChild([process.execPath, join(bench, 'peers', `${name}.mjs`), target, statements]),
      ]),
    ),
  }
  const peers = records <= mostRecordsOfPeers ? others : {}
  const contenders = {
    own: () => runChild([process.execPath, join(bench, 'peers', 'own.mjs'), target]),
    shell: () => runChild(['sqlite3', '-bail', target], { input: script }),
    ...peers,
  }
  const runs = interleave(
    Object.fromEntries(
      Object.entries(contenders).map(([name, run]) => [
        name,
        () => {
          freshCopy(source, target)
          const { wallSeconds, cpuSeconds } = run()
          proveUpgraded(target, name)
          return { wallSeconds, cpuSeconds }
        },
      ]),
    ),
    rounds,
  )
  rmSync(dbmate.folder, { recursive: true })
  rmSync(target, { force: true })
  const wall = (name) => runs[name]?.map(({ wallSeconds }) => wallSeconds) ?? []
  const cpu = (name) => runs[name]?.map(({ cpuSeconds }) => cpuSeconds) ?? []
  return {
    contenders: Object.fromEntries(
      Object.keys(contenders).map((name) => [
        name,
        {
          wallSeconds: median(wall(name)),
          cpuSeconds: median(cpu(name)),
          besideShell: ratioOf(wall(name), wall('shell')),
          cpuBesideShell: ratioOf(cpu(name), cpu('shell')),
        },
      ]),
    ),
    besidePeer: Object.fromEntries(
      Object.keys(peers).map((name) => [name, ratioOf(wall('own'), wall(name))]),
    ),
  }
}

/**
 * Checks that a contender did the upgrade: one that does nothing would win.
 *
 * @param {string} target
 * @param {string} name
 */
function proveUpgraded(target, name) {
  const sql = "SELECT count(*) FROM sqlite_schema WHERE name IN ('post_title', 'vote')"
  const { stdout } = runChild(['sqlite3', target, sql])
  if (stdout.trim() !== '2') throw new Error(`${name} did not upgrade the file: ${stdout}`)
}

/** @param {string} folder */
function prepareDbmate(folder) {
  const migrations = mkdtempSync(join(folder, 'dbmate-'))
  mkdirSync(migrations, { recursive: true })
  for (const { version, statements } of listStatements()) {
    writeFileSync(
      join(migrations, `${version}_v${version}.sql`),
      `-- migrate:up\n${statements.join(';\n')};\n-- migrate:down\n`,
    )
  }
  const binary = fileURLToPath(import.meta.resolve(`@dbmate/${process.platform}-${process.arch}/bin/dbmate`))
  return { folder: migrations, command: [binary, '--no-dump-schema', '--migrations-dir', migrations] }
}
