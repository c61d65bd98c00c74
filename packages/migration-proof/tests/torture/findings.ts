import type { SequenceResult } from './sequence.ts'

/** A finding, with what was done and one command that repeats it. */
export function describeFinding({ seed, log, violations }: SequenceResult): string {
  return [
    `Seed ${seed}: ${[...new Set(violations.map(({ kind }) => kind))].join(', ')}`,
    ...log.map((line) => `  ${line}`),
    ...violations.map(({ kind, text }) => `  ✗ ${kind}: ${text}`),
    `  To repeat it: npm run torture -- --seed ${seed} --sequences 1`,
  ].join('\n')
}
