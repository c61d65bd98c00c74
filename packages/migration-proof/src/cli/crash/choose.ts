import type { Suite } from '../../proof/suite.ts'
import { suggest } from '../../suggest.ts'
import { UsageError } from '../errors.ts'
import { listPaths } from './jobs.ts'

/**
 * The paths to break: all, or the one that is named.
 *
 * @throws {UsageError} when the suite has none of that name
 */
export function choosePaths(suite: Suite, name: string | undefined): string[] {
  const paths = listPaths(suite)
  if (name === undefined) return paths
  if (paths.includes(name)) return [name]
  const near = suggest(name, paths)
  throw new UsageError({
    where: '--snapshot',
    expected: `one of ${paths.join(', ')}`,
    actual: `'${name}'`,
    remedy: near === null ? 'choose one of them' : `perhaps ${near} was meant`,
  })
}

/**
 * The seed that an option gives; 1 without it.
 *
 * @throws {UsageError} when it is no whole number
 */
export function readSeed(text = '1'): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UsageError({
    where: '--seed',
    expected: 'a whole number from 0 to 999999999',
    actual: `'${text}'`,
    remedy: 'give such a number, or none',
  })
}
