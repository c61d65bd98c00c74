CREATE TABLE `book` (
	`id` integer PRIMARY KEY NOT NULL,
	`author_id` integer NOT NULL REFERENCES `author`(`id`) ON DELETE cascade,
	`title` text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `book_title` ON `book` (`author_id`,`title`);--> statement-breakpoint
INSERT INTO `book` (`author_id`, `title`) SELECT `id`, 'Notes of ' || `name` FROM `author`;
