// Goal: no false alarm for any table that can be generated, however it is written, and it can be created from what was read.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createStatements } from '../../src/schema/create.ts'
import { diffSchemas } from '../../src/schema/diff.ts'
import { anyChoices, anyTable, writeSql } from './arbitrary-table.ts'
import { schemaOf } from './schema-of.ts'

it('any table is the same however it is written', () => {
  fc.assert(
    fc.property(anyTable, anyChoices, (pieces, choices) => {
      const plain = writeSql(pieces)
      const odd = writeSql(pieces, choices)
      expect(diffSchemas(schemaOf(plain), schemaOf(odd))).toEqual([])
    }),
    { numRuns: 150 },
  )
})

it('any table is the same created from what was read of it', () => {
  fc.assert(
    fc.property(anyTable, anyChoices, (pieces, choices) => {
      const schema = schemaOf(writeSql(pieces, choices))
      expect(diffSchemas(schema, schemaOf(createStatements(schema).join(';\n')))).toEqual([])
    }),
    { numRuns: 150 },
  )
})

it('indexes, views, triggers and virtual tables are the same created from what was read of them', () => {
  const schema = schemaOf(`
    CREATE TABLE "Two words" (a TEXT, "B c" INT) STRICT;
    CREATE VIRTUAL TABLE Found USING fts5(title, "body");
    CREATE UNIQUE INDEX "An index" ON "Two words" (lower(a) DESC, "B c" COLLATE NOCASE) WHERE a > 'it''s';
    CREATE VIEW Seen AS SELECT a FROM "Two words" WHERE "B c" > 1;
    CREATE TRIGGER "t 1" AFTER UPDATE OF "B c", a ON "Two words" FOR EACH ROW WHEN (new.a) > 1 AND (old.a < 2)
      BEGIN INSERT INTO Found VALUES (new.a, 'x; y'); DELETE FROM "Two words" WHERE a = 1; END;
    CREATE TRIGGER t2 INSTEAD OF DELETE ON Seen BEGIN SELECT RAISE(ABORT, 'no'); END`)
  expect(diffSchemas(schema, schemaOf(createStatements(schema).join(';\n')))).toEqual([])
})
