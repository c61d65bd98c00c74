import { d1 } from './d1.ts'
import { dbmate } from './dbmate.ts'
import { drizzle } from './drizzle.ts'
import { folder } from './folder.ts'
import { golangMigrate } from './golang-migrate.ts'
import { goose } from './goose.ts'
import { knex } from './knex.ts'
import { kysely } from './kysely.ts'
import { prisma } from './prisma.ts'
import type { Recogniser } from './recogniser.ts'
import { sqlx } from './sqlx.ts'

/** One for each entry that reads the folder of a tool. */
export const recognisers: readonly Recogniser[] = [
  drizzle,
  prisma,
  kysely,
  knex,
  d1,
  dbmate,
  goose,
  golangMigrate,
  sqlx,
  folder,
]
