// Goal: the ledger of this project can be converted on any day. Whatever it pins stays to the letter, and the gate compares
// a change with its base across the formats.
import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { startProject } from '../../packages/migration-proof/tests/support/scratch-project.ts'
import { projectFolder } from '../support/imports.ts'

const manifest = 'fixtures/manifest.json'
const copied = ['src', 'fixtures', 'migration-proof.config.ts', 'package.json', 'CHANGELOG.md', '.gitignore']

const today = startProject(({ folder }) => {
  for (const name of copied) cpSync(join(projectFolder, name), join(folder, name), { recursive: true })
  symlinkSync(join(projectFolder, 'node_modules'), join(folder, 'node_modules'), 'junction')
})
const converted = today.copy()
const conversion = converted.run(['freeze', '--ledger-format', '2'])
afterAll(() => today.destroy())

interface Entry extends Readonly<Record<string, unknown>> {
  readonly version: number
}

interface Ledger extends Readonly<Record<string, unknown>> {
  readonly migrations: readonly Entry[]
}

function parse(text: string): Ledger {
  return JSON.parse(text)
}

describe('the ledger of today, converted', () => {
  const [before, after] = [today, converted].map(({ read }) => parse(read(manifest)))

  it('keeps its schemas and snapshots, and every field of its migrations', () => {
    expect(conversion.exitCode, conversion.stdout).toBe(0)
    expect(after).toMatchObject({ format: 2, schemas: before?.schemas, snapshots: before?.snapshots })
    expect(after?.migrations).toMatchObject(before?.migrations ?? [])
    expect(after?.migrations.every(({ id, version }) => id === `${version}`)).toBe(true)
    expect(converted.git('status', '--short').trim()).toBe(before?.format === 2 ? '' : `M ${manifest}`)
  })

  it('is what freeze --check expects', () => {
    const { exitCode, stdout } = converted.run(['freeze', '--check'])
    expect(exitCode, stdout).toBe(0)
  })

  it('passes the gate against the ledger of today, and an edit does not', () => {
    const project = converted.copy()
    const gated = project.run(['gate', '--history', '--base', 'main'])
    expect(gated.exitCode, gated.stdout).toBe(0)
    project.replace('src/migrations/v2-config-table.ts', 'CREATE TABLE IF NOT EXISTS', 'CREATE TABLE')
    expect(project.run(['gate', '--history', '--base', 'main']).stdout).toContain('v2: migration-edited')
  })

  it('is a base against which a ledger of format 1 is named, and nothing else', () => {
    const project = converted.copy()
    project.commit('Convert the ledger')
    expect(project.run(['gate', '--history', '--base', 'main']).exitCode).toBe(0)
    project.write(manifest, toFirstFormat(project.read(manifest)))
    const { stdout } = project.run(['gate', '--history', '--base', 'main', '--json'])
    const { gate }: { gate: { problems: { code: string; expected: string }[] } } = JSON.parse(stdout)
    expect(gate.problems).toMatchObject([
      { code: 'ledger-rewritten', expected: expect.stringContaining('format 2') },
    ])
  })
})

/** What an older version of the harness would have written. */
function toFirstFormat(text: string): string {
  const { algorithms, migrations, ...rest } = JSON.parse(text)
  const { file, schema, content, statements } = algorithms
  const entries = migrations.map(
    ({ version, statements: count, hash }: Readonly<Record<string, unknown>>) => {
      return { version, statements: count, hash }
    },
  )
  const older = { ...rest, format: 1, algorithms: { file, schema, content, statements }, migrations: entries }
  return `${JSON.stringify(older, null, 2)}\n`
}
