// Goal: a project's own version store may refuse a version that it does not know, in whatever way. On a mutant that is
// an outcome, and where nothing is wrong no check sees a fault in it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { modelsOf } from '../../src/behaviour/index.ts'
import {
  defineConfig,
  freezeMissing,
  type Migration,
  migrate,
  type Suite,
  type VersionStore,
  VersionTableError,
} from '../../src/index.ts'
import { type MutantContext, openContext } from '../../src/mutation/checks/mutant-check.ts'
import { judgeMutant, killersOf } from '../../src/mutation/judge.ts'
import { simpleMigrator } from '../../src/mutation/migrators/simple-migrator.ts'
import type { Mutant } from '../../src/mutation/model.ts'
import { listMutants } from '../../src/mutation/mutants.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'

const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'notes',
    up: (connection) => connection.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)'),
  },
  {
    version: 2,
    name: 'tags',
    // What a mutant leaves here may be no row at all.
    up: (connection) => {
      connection.exec('CREATE TABLE tag (id INTEGER PRIMARY KEY, label TEXT)')
      connection.exec("INSERT INTO tag (label) VALUES ('first')")
      const [row] = connection.all('SELECT label FROM tag')
      if ((row as { label: string }).label.length === 0) throw new Error('a tag without a label')
    },
  },
]

/** A store that keeps names of migrations, as many tools do: a version above the latest has none. */
function namedVersions(refuse: (name: string) => never): VersionStore {
  const nameOf = (version: number) => {
    const { name } = migrations[version - 1] as Migration
    return name.toLowerCase()
  }
  return {
    tables: ['applied'],
    create: (connection) =>
      connection.exec(
        'CREATE TABLE IF NOT EXISTS applied (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL)',
      ),
    read: (connection) => {
      const isThere = connection.all("SELECT 1 FROM sqlite_schema WHERE name = 'applied'").length > 0
      const names = isThere ? connection.all('SELECT name FROM applied ORDER BY id') : []
      const versions = names.map(({ name }) => {
        const known = migrations.find((migration) => migration.name === name)
        return known?.version ?? refuse(String(name))
      })
      return { current: versions.at(-1) ?? 0, missing: null }
    },
    record: (connection, version) => {
      connection.all('INSERT INTO applied (name) VALUES (?)', [nameOf(version)])
    },
  }
}

/** A store that keeps numbers, writes any, and reads only those that it knows. */
function knownVersions(refuse: (name: string) => never): VersionStore {
  const named = namedVersions(refuse)
  return {
    ...named,
    read: (connection) => named.read(connection),
    record: (connection, version) => {
      const name = migrations[version - 1]?.name ?? `version ${version}`
      connection.all('INSERT INTO applied (name) VALUES (?)', [name])
    },
  }
}

/** A store that notes nothing of a migration that it does not know, as those of tools do: there is no newer database. */
function silentVersions(refuse: (name: string) => never): VersionStore {
  const named = namedVersions(refuse)
  return {
    ...named,
    record: (connection, version) => {
      if (version <= migrations.length) named.record(connection, version)
    },
  }
}

const refusals: Readonly<Record<string, (name: string) => never>> = {
  'an error of the harness': (actual) => {
    throw new VersionTableError({
      where: 'Table applied',
      expected: 'a known name',
      actual,
      fix: 'update',
    })
  },
  'an error of its own': (name) => {
    throw new Error(`${name} is not known`)
  },
  'something that is no error': (name) => {
    throw name
  },
}

const kinds = [
  { store: 'writes no unknown version', thrown: 'an error of its own', versionsOf: namedVersions },
  { store: 'notes no unknown version', thrown: 'an error of its own', versionsOf: silentVersions },
  ...Object.keys(refusals).map((thrown) => ({
    store: 'reads no unknown version',
    thrown,
    versionsOf: knownVersions,
  })),
]

describe.for(kinds)('a store that $store, with $thrown', ({ thrown, versionsOf }) => {
  const folder = makePrivateFolder()
  let suite: Suite
  let mutants: readonly Mutant[]
  let context: MutantContext

  beforeAll(async () => {
    const refuse = refusals[thrown]
    if (refuse === undefined) throw new Error(`There is no refusal ${thrown}`)
    suite = defineConfig({ name: 'notes', migrations, versions: versionsOf(refuse), fixtures: folder.path })
    freezeMissing(suite)
    freezeMissing(suite, { acceptDrafts: true })
    mutants = listMutants(suite)
    context = await openContext({ suite, models: modelsOf([]) })
  })
  afterAll(() => {
    context.close()
    folder.remove()
  })

  it('is no fault by itself', () => {
    const { plan } = suite
    const control = {
      id: 'control',
      operator: 'none',
      fault: 'does nothing',
      version: 2,
      object: 'none',
      plan,
      migrate,
    }
    const controls: readonly Mutant[] = [
      { ...control, site: 'schema' },
      { ...control, site: 'data' },
      { ...control, site: 'migrator' },
      { ...control, site: 'migrator', migrate: simpleMigrator() },
    ]
    for (const mutant of controls) {
      expect(judgeMutant(mutant, context).checks.flatMap(({ problems }) => problems)).toEqual([])
    }
  })

  // One kind of each store is enough for what takes longest.
  if (thrown !== 'an error of its own') return

  it('lets the mutants of data and migrator be judged, and those of the migrator be killed', () => {
    const tried = mutants.filter(({ site }) => site !== 'schema')
    const survivors = tried.filter((mutant) => killersOf(judgeMutant(mutant, context)).length === 0)
    expect(tried.length).toBeGreaterThan(15)
    expect(survivors.filter(({ site }) => site === 'migrator').map(({ id }) => id)).toEqual([])
  })
})
