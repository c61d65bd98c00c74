// Goal: the migrations of public projects, which their packages bring, are proven as any project's are. The others run at night.
import { budget } from './budget-history.ts'
import { describePublicHistory } from './describe-history.ts'
import { accounts } from './kysely-histories.ts'

describePublicHistory(accounts)
describePublicHistory(budget)
