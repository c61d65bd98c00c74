import { d1 } from './d1.ts'
import { dbmate } from './dbmate.ts'
import { drizzle } from './drizzle.ts'
import { folder } from './folder.ts'
import { golangMigrate } from './golang-migrate.ts'
import { goose } from './goose.ts'
import { knex } from './knex.ts'
import { kysely } from './kysely.ts'
import { mikroOrm } from './mikro-orm.ts'
import { prisma } from './prisma.ts'
import type { Recogniser } from './recogniser.ts'
import { sequelizeCli } from './sequelize-cli.ts'
import { sqlx } from './sqlx.ts'
import { typeorm } from './typeorm.ts'
import { umzug } from './umzug.ts'

/** One for each entry that reads the folder of a tool. */
export const recognisers: readonly Recogniser[] = [
  drizzle,
  prisma,
  kysely,
  knex,
  typeorm,
  mikroOrm,
  umzug,
  sequelizeCli,
  d1,
  dbmate,
  goose,
  golangMigrate,
  sqlx,
  folder,
]
