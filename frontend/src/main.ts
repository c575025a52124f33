import "./styles/main.css";
import { keepHeader } from "./ui/header";
import { mountIslands } from "./ui/islands";

keepHeader(document);
mountIslands(document);
