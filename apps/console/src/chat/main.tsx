import { render } from "preact";
import { ChatPage } from "./chat-page.tsx";

render(<ChatPage />, document.body);
