// Goal: a config that names no folder, or one that is not there, is refused in a sentence of ours, whichever tool it is of.
import { afterAll, describe, expect, it } from 'vitest'
import { d1 } from '../../src/history/d1.ts'
import { dbmate } from '../../src/history/dbmate.ts'
import { drizzle } from '../../src/history/drizzle.ts'
import { sqlFolder } from '../../src/history/folder.ts'
import { golangMigrate } from '../../src/history/golang-migrate.ts'
import { goose } from '../../src/history/goose.ts'
import { prisma } from '../../src/history/prisma.ts'
import { HistoryError, setConfigFolder } from '../../src/history/sql-folder.ts'
import { sqlx } from '../../src/history/sqlx.ts'
import { makeProject } from '../support/scratch-project.ts'

const project = makeProject({})
afterAll(() => project.destroy())

const adapters = { d1, dbmate, drizzle, golangMigrate, goose, prisma, sqlFolder, sqlx }

/** What is thrown; fails where nothing is. */
function refusalOf(work: () => unknown): unknown {
  setConfigFolder(project.folder)
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('it was taken')
}

describe.for(Object.entries(adapters))('%s', ([, adapter]) => {
  // Those of a tool take its usual folder where none is named.
  const wrong = adapter === sqlFolder ? [undefined, null, '', 3] : [null, '', 3]

  it.for(wrong)('refuses %j', (given) => {
    const error = refusalOf(() => adapter(given as never))
    expect(error).toBeInstanceOf(HistoryError)
    expect(error).toMatchObject({ message: expect.stringMatching(/expected the path of a folder or a file/) })
  })

  it('says of a folder that is not there that it is not', () => {
    const error = refusalOf(() => adapter('nowhere'))
    expect(error).toBeInstanceOf(HistoryError)
    expect(error).toMatchObject({ message: expect.not.stringContaining('ENOENT') })
  })
})
