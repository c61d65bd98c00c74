import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import type { Suite } from '../proof/suite.ts'
import { renderFailure } from './failure.ts'
import { type FamilyName, openFamily } from './families.ts'
import { keepCounterexample } from './properties/kept.ts'
import type { Exploration, Property } from './properties/property.ts'

/** The properties of one kind, tried with one seed. */
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
 * Starts to try the properties of a kind that follow from the tables of a suite. The environment may set: FC_SEED, the
 * seed; FC_PATH, the position of one counterexample; FC_RUNS, by how much the number of runs is multiplied; FC_KEEP, the
 * reason why the counterexample is to be kept in the folder `regressions` of the fixtures.
 *
 * @example
 * const campaign = startCampaign(suite, 'constraints')
 * afterAll(() => campaign.end())
 * it.for(campaign.names)('%s', (name) => campaign.expectToHold(name, 450))
 *
 * @param command runs the test file, with `-t NAME` for one property; a counterexample is printed with it
 */
export function startCampaign(suite: Suite, title: FamilyName, command = 'npx vitest run'): Campaign {
  const family = openFamily(suite, title)
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
      const file =
        FC_KEEP === undefined
          ? null
          : keepCounterexample(join(suite.fixtures, 'regressions'), name, exploration, FC_KEEP)
      throw new Error(renderCounterexample(name, command, exploration, file))
    },
    // To repeat one counterexample, or to ask for fewer runs, is no campaign.
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
  test: string,
  { seed, counterexample }: Exploration,
  file: string | null,
): string {
  const { path = '', value, failures = [] } = counterexample ?? {}
  const command = `FC_SEED=${seed} FC_PATH=${path} ${test} -t '${name}'`
  const shown = JSON.stringify(value)
  return [
    `${name} does not hold:`,
    ...failures.map((failure) => `  ${renderFailure(failure)}`),
    `counterexample: ${shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown}`,
    `repeat: ${command}`,
    file === null ? `keep: FC_KEEP='why' ${command}` : `kept in ${file}`,
  ].join('\n')
}
