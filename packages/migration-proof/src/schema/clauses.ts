import { foldUpper } from '../sql/names.ts'
import type { TokenReader } from '../sql/reader.ts'
import type { ReferenceDefinition } from './definition.ts'
import type { Conflict } from './model.ts'

const conflicts = {
  rollback: 'ROLLBACK',
  abort: null,
  fail: 'FAIL',
  ignore: 'IGNORE',
  replace: 'REPLACE',
} as const satisfies Record<string, Conflict | null>

/** `ON CONFLICT REPLACE`. ABORT is what happens without the clause, and is read as no clause. */
export function readConflict(reader: TokenReader): Conflict | null {
  if (!reader.skipWords('on', 'conflict')) return null
  return conflicts[reader.expectOneOf(['rollback', 'abort', 'fail', 'ignore', 'replace'])]
}

/** What follows REFERENCES: the parent and its columns, which pragmas tell, and what to do, in any order. */
export function readReference(reader: TokenReader, name: string | null): ReferenceDefinition {
  reader.readName()
  if (reader.nextIs('(')) reader.readEnclosed()
  let match: string | null = null
  while (reader.nextWord === 'on' || reader.nextWord === 'match') {
    if (reader.skipWords('match')) match = foldUpper(reader.readName())
    else skipAction(reader)
  }
  return { name, match, deferrable: null }
}

function skipAction(reader: TokenReader) {
  reader.expectWords('on')
  reader.expectOneOf(['delete', 'update', 'insert'])
  const action = reader.expectOneOf(['set', 'no', 'cascade', 'restrict'])
  if (action === 'set') reader.expectOneOf(['null', 'default'])
  if (action === 'no') reader.expectWords('action')
}

/** `[NOT] DEFERRABLE [INITIALLY …]` is about the reference before it, also where other clauses came between. */
export function readDeferrable(reader: TokenReader, reference: ReferenceDefinition | undefined): boolean {
  const isDenied = reader.skipWords('not', 'deferrable')
  if (!isDenied && !reader.skipWords('deferrable')) return false
  const isDeferred =
    reader.skipWords('initially') && reader.expectOneOf(['immediate', 'deferred']) === 'deferred'
  if (reference !== undefined && !isDenied) {
    reference.deferrable = isDeferred ? 'INITIALLY DEFERRED' : 'INITIALLY IMMEDIATE'
  }
  return true
}
