import { mutantChecks } from '../../mutation/checks/index.ts'
import type { MutantCheck } from '../../mutation/checks/mutant-check.ts'
import type { Mutant } from '../../mutation/model.ts'
import { suggest } from '../../suggest.ts'
import { UsageError } from '../errors.ts'

interface MutantFilter {
  readonly operator?: string | undefined
  /** The version of a migration, as the command line has it. */
  readonly migration?: string | undefined
  readonly mutant?: string | undefined
}

/** The mutants that the options name. @throws {UsageError} when there is none of that name */
export function chooseMutants(
  mutants: readonly Mutant[],
  { operator, migration, mutant: id }: MutantFilter,
): readonly Mutant[] {
  if (operator !== undefined) {
    requireOne('--operator', operator, [...new Set(mutants.map((mutant) => mutant.operator))])
  }
  if (migration !== undefined) {
    requireOne('--migration', migration, versionsOf(mutants))
  }
  if (id !== undefined) {
    requireOne(
      '--mutant',
      id,
      mutants.map((mutant) => mutant.id),
    )
  }
  return mutants.filter(
    (mutant) =>
      (id ?? mutant.id) === mutant.id &&
      (migration ?? `${mutant.version}`) === `${mutant.version}` &&
      (operator ?? mutant.operator) === mutant.operator,
  )
}

/** The checks that the option names. @throws {UsageError} when there is none of that name */
export function chooseChecks(name: string | undefined): readonly MutantCheck[] {
  if (name === undefined) return mutantChecks
  requireOne(
    '--check',
    name,
    mutantChecks.map((check) => check.name),
  )
  return mutantChecks.filter((check) => check.name === name)
}

function versionsOf(mutants: readonly Mutant[]): string[] {
  const versions = new Set(mutants.map(({ version }) => version))
  return [...versions].sort((left, right) => left - right).map(String)
}

/** How many names are listed in full. */
const listedNames = 80

function requireOne(option: string, value: string, names: readonly string[]): void {
  if (names.includes(value)) return
  const near = suggest(value, names)
  throw new UsageError({
    where: option,
    expected:
      names.length > listedNames
        ? `one of ${names.length} ids such as ${names[0]}`
        : `one of ${names.join(', ')}`,
    actual: `'${value}'`,
    remedy: near === null ? 'choose one of them' : `perhaps ${near} was meant`,
  })
}
