/** The same page by React. */
import { createClient } from "@supabase/supabase-js";
import { createRoot } from "react-dom/client";
import { closeWithPage, createChat } from "./index.ts";
import { ReactChat } from "./react-chat.tsx";

const { url, key, isPrivate } = await (await fetch("project.json")).json();
const supabase = createClient(url, key, { auth: { storage: sessionStorage } });
const chat = createChat({ supabase, project: { url, key }, isPrivate, storage: sessionStorage });
closeWithPage(chat);
createRoot(document.body).render(<ReactChat chat={chat} />);
await chat.resume();
