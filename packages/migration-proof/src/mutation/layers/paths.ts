import { latestVersionOf } from '../../migrator/plan.ts'
import { describeVersions } from '../../migrator/versions.ts'
import { diffSchemas, isExtraObject } from '../../schema/diff.ts'
import type { Schema } from '../../schema/model.ts'
import { readSchema } from '../../schema/read.ts'
import type { Connection } from '../../sql/connection.ts'
import type { Mutant, Symptom } from '../model.ts'
import { chooseStarts, type Start } from '../starts.ts'
import type { Databases } from './databases.ts'
import { type Layer, symptomOf } from './layer.ts'
import { tryUpgrade } from './upgrade.ts'

export const pathsLayer: Layer = {
  name: 'paths',
  looksAt: 'upgrades files of older versions, and compares what results with a stepwise install',
  keptBecause: 'files that older versions left behind are upgraded by no other layer but rows',
  run: (mutant, { starts, databases }) => {
    const target = latestVersionOf(mutant.plan)
    const schema = databases.withFresh(mutant, target, readSchema)
    return [
      ...checkSteps(mutant, schema, databases),
      ...chooseStarts(mutant, starts.all).flatMap((start) =>
        databases.withUpgraded(mutant, start, (connection, error) => {
          const where = `the upgrade from ${start.name}`
          if (error !== null) return [symptomOf(where, error)]
          return checkUpgraded(where, mutant, start, schema, connection)
        }),
      ),
    ]
  },
}

/** Installs each version by itself, as people do who upgrade with every release. */
function checkSteps(mutant: Mutant, schema: Schema, { withPrefix }: Databases): Symptom[] {
  const target = latestVersionOf(mutant.plan)
  // Where only one step is left, there is no other way.
  if (mutant.version >= target && mutant.ground !== 'migrator') return []
  return withPrefix(mutant, (connection) => {
    const first = mutant.ground === 'migrator' ? 1 : mutant.version
    for (let version = first; version <= target; version++) {
      const error = tryUpgrade(mutant, connection, version)
      if (error !== null) return [symptomOf(`a fresh install of version ${version}`, error)]
    }
    return compare('a stepwise install', schema, connection)
  })
}

function checkUpgraded(
  where: string,
  mutant: Mutant,
  start: Start,
  schema: Schema,
  connection: Connection,
): Symptom[] {
  return [
    ...checkVersions(where, mutant, connection, latestVersionOf(mutant.plan)),
    ...compare(where, schema, connection),
    ...checkTriggers(where, start, connection),
  ]
}

function checkVersions(where: string, { plan }: Mutant, connection: Connection, target: number): Symptom[] {
  const expected = describeVersions({ current: target, missing: null })
  const actual = describeVersions(plan.versions.read(connection))
  return expected === actual ? [] : [{ object: `${where}, versions`, expected, actual }]
}

/** What a person added is no difference. */
function compare(where: string, schema: Schema, connection: Connection): Symptom[] {
  return diffSchemas(schema, readSchema(connection))
    .filter((difference) => !isExtraObject(difference))
    .map(({ object, aspect, expected, actual }) => ({
      object: `${where}, ${object.type} ${object.name}, ${aspect}`,
      expected,
      actual,
    }))
}

function checkTriggers(where: string, { ownTriggers }: Start, connection: Connection): Symptom[] {
  const present = new Set(
    connection.all(`SELECT name FROM sqlite_schema WHERE type = 'trigger'`).map(({ name }) => String(name)),
  )
  return ownTriggers
    .filter((name) => !present.has(name))
    .map((name) => ({
      object: `${where}, trigger ${name}`,
      expected: 'the trigger that a person added',
      actual: 'none',
    }))
}
