import "./styles/main.css";
import { keepHeader } from "./ui/header";
import { mountIslands } from "./ui/islands";
import { offerPasskeys } from "./ui/passkeys";
import { localiseTimes } from "./ui/times";

keepHeader(document);
localiseTimes(document);
offerPasskeys(document);
mountIslands(document);
