import { layers as allLayers } from '../../harness/mutation/layers/index.ts'
import type { Layer } from '../../harness/mutation/layers/layer.ts'
import type { Mutant } from '../../harness/mutation/model.ts'
import { UsageError } from '../errors.ts'
import { suggest } from '../suggest.ts'

/** The mutants that the options name. @throws {UsageError} when there is none of that name */
export function chooseMutants(
  mutants: readonly Mutant[],
  operator: string | undefined,
  id: string | undefined,
): readonly Mutant[] {
  if (operator !== undefined) {
    requireOne('--operator', operator, [...new Set(mutants.map((mutant) => mutant.operator))])
  }
  if (id !== undefined) {
    requireOne(
      '--mutant',
      id,
      mutants.map((mutant) => mutant.id),
    )
  }
  return mutants.filter(
    (mutant) => (id ?? mutant.id) === mutant.id && (operator ?? mutant.operator) === mutant.operator,
  )
}

/** The layers that the option names. @throws {UsageError} when there is none of that name */
export function chooseLayers(name: string | undefined): readonly Layer[] {
  if (name === undefined) return allLayers
  requireOne(
    '--layer',
    name,
    allLayers.map((layer) => layer.name),
  )
  return allLayers.filter((layer) => layer.name === name)
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
