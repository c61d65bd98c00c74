import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { type Exploration, keepCounterexample, type Property, renderFailure } from 'migration-proof/behaviour'
import suite from '../../src/suite/index.ts'
import type { Family } from './property-families.ts'

/** Where counterexamples are kept. */
export const regressions = join(suite.fixtures, 'regressions')

/** The properties of one test file, tried with one seed. */
export interface Campaign {
  readonly names: readonly string[]
  /** Tries a property, and throws its smallest counterexample with the command that repeats it. */
  expectToHold(name: string, runs: number): void
  /** How many rows were tried so far, and how many there had to be. */
  count(least: number): { rows: number; least: number }
  /** Prints the seed, and closes the databases. */
  end(): void
}

/**
 * Starts to try a family of properties. The environment may set:
 * FC_SEED, the seed; FC_PATH, the place of one counterexample; FC_RUNS, by how much the number of runs is
 * multiplied; FC_KEEP, the reason why the counterexample is to be kept under fixtures/regressions.
 */
export function startCampaign(title: string, family: Family): Campaign {
  const { FC_SEED, FC_PATH, FC_RUNS = '1', FC_KEEP } = process.env
  const seed = FC_SEED === undefined ? randomInt(2 ** 31) : Number(FC_SEED)
  const factor = Number(FC_RUNS)
  if (!Number.isInteger(seed)) throw new RangeError(`FC_SEED must be a whole number, and is '${FC_SEED}'`)
  if (!(factor > 0)) throw new RangeError(`FC_RUNS must be a number above 0, and is '${FC_RUNS}'`)
  return {
    names: family.properties.map((property) => property.name),
    expectToHold: (name, runs) => {
      const property = findProperty(family.properties, name)
      const exploration = property.explore({
        runs: Math.ceil(runs * factor),
        seed,
        ...(FC_PATH === undefined ? {} : { path: FC_PATH }),
      })
      if (exploration.counterexample === null) return
      const file = FC_KEEP === undefined ? null : keepCounterexample(regressions, name, exploration, FC_KEEP)
      throw new Error(renderCounterexample(name, exploration, file))
    },
    // Who repeats one counterexample, or asks for fewer runs, is no campaign.
    count: (least) => ({
      rows: family.counter.rows,
      least: FC_PATH === undefined && factor >= 1 ? least : 0,
    }),
    end: () => {
      console.log(
        `property ${title}: seed ${seed}, ${family.counter.rows} rows (repeat with FC_SEED=${seed})`,
      )
      family.close()
    },
  }
}

/** The property of a name. @throws {RangeError} when there is none */
export function findProperty(properties: readonly Property[], name: string): Property {
  const property = properties.find((candidate) => candidate.name === name)
  if (property === undefined) throw new RangeError(`There is no property '${name}'`)
  return property
}

const LONGEST = 4_000

function renderCounterexample(
  name: string,
  { seed, counterexample }: Exploration,
  file: string | null,
): string {
  const { path: place = '', value, failures = [] } = counterexample ?? {}
  const command = `FC_SEED=${seed} FC_PATH=${place} npx vitest run tests/property -t '${name}'`
  const shown = JSON.stringify(value)
  return [
    `${name} does not hold:`,
    ...failures.map((failure) => `  ${renderFailure(failure)}`),
    `counterexample: ${shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown}`,
    `repeat: ${command}`,
    file === null ? `keep: FC_KEEP='why' ${command}` : `kept in ${file}`,
  ].join('\n')
}
