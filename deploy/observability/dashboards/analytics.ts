import type { Page } from "./frame.ts";
import { OBJECTIVES_ROW } from "./objectives.ts";

export const ANALYTICS_PAGE: Page = {
  uid: "shoal-analytics",
  title: "Shoal: analytics and database",
  description: "What was promised over 30 days, and how fast its budget is spent.",
  rows: [OBJECTIVES_ROW],
};
