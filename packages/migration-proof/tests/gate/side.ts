import type { Side } from '../../src/gate/side.ts'
import { hashOf } from '../../src/gate/statements.ts'
import { hashText, sha256 } from '../../src/snapshots/hash.ts'
import { pinMigration, type RecordedMigration } from '../../src/snapshots/statements.ts'

const notes = 'CREATE TABLE note (\n  id INTEGER PRIMARY KEY,\n  text TEXT NOT NULL\n)'
const tags = 'CREATE TABLE tag (name TEXT PRIMARY KEY NOT NULL)'
const tagIndex = 'CREATE INDEX tag_name ON tag (name)'

/** A project of two versions, released and frozen. */
export const released = makeSide([migrationOf(1, notes), migrationOf(2, tags, tagIndex)], {
  schemas: new Map([['v1', `${notes};\n`]]),
  snapshots: new Map([['v1', sha256('a file')]]),
})

/** A migration that executes these statements. */
export function migrationOf(version: number, ...statements: readonly string[]): RecordedMigration {
  return { version, statements: statements.map((sql) => ({ sql, parameters: [] })) }
}

/** A state whose ledger pins all that it holds. */
export function makeSide(recorded: readonly RecordedMigration[], more: Partial<Side> = {}): Side {
  const { schemas = new Map<string, string>(), snapshots = new Map<string, string>() } = more
  return {
    recorded,
    present: recorded.map((migration) => ({
      entry: pinMigration(migration),
      file: `migrations/v${migration.version}-some.ts`,
      isSqlAlone: true,
      consequence: null,
      firstStatement: migration.statements[0]?.sql ?? null,
      failures: new Map(),
    })),
    failure: null,
    base: null,
    ledger: {
      format: 1,
      migrations: recorded.map((migration) => ({
        version: migration.version,
        statements: migration.statements.length,
        hash: hashOf(migration),
      })),
      schemas: [...schemas].map(([name, text]) => ({ name, version: 1, hash: hashText(text) })),
      snapshots: [...snapshots].map(([name, fileHash]) => ({
        name,
        version: 1,
        form: 'versioned',
        origin: 'a test',
        releases: [],
        fileHash,
        engine: '3.53.2',
        contentHash: fileHash,
        schemaHash: fileHash,
        tables: [],
      })),
    },
    sources: recorded.map(({ version, statements }) => ({
      path: `migrations/v${version}-some.ts`,
      text: `// Version ${version}\n${statements.map(({ sql }) => `run(\`${sql}\`)\n`).join('')}`,
    })),
    fixtures: 'fixtures',
    packageVersion: '1.2.3',
    changelog: null,
    ...more,
    schemas,
    snapshots,
  }
}
