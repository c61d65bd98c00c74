// Goal: the migrations of public projects that the suite has no time for, and those that tools generate, are proven as well.
import { describeHistory, describePublicHistory } from './describe-history.ts'
import { notesOfDrizzle } from './drizzle-chain.ts'
import { evaluations } from './drizzle-history.ts'
import { catalog } from './knex-history.ts'
import { otherDatabases } from './kysely-histories.ts'

for (const history of [...otherDatabases, evaluations, catalog]) describePublicHistory(history)
describeHistory(notesOfDrizzle)
