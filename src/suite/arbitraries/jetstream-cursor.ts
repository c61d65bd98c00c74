import * as fc from 'fast-check'
import {
  defineTable,
  integer,
  limited,
  onlyValue,
  rowNumber,
  text,
  textInNumber,
  utcDateTime,
} from 'migration-proof/behaviour'
import { dateTimes } from './network.ts'
import { counts } from './values.ts'

/** One row at most, whose number is 1. */
export const jetstreamCursor = defineTable({
  name: 'jetstream_cursor',
  since: 5,
  key: ['id'],
  rowNumbers: 'reused',
  columns: {
    id: limited(rowNumber(fc.constant(1n))),
    cursor: integer(counts).required(),
    updated_at: text(dateTimes).orNow(utcDateTime),
  },
  checks: [onlyValue('id', 1n, [0n, 2n, -1n, 2n ** 53n + 1n])],
  hazards: [textInNumber('cursor')],
})
